"""./pants after a first run that was killed."""

from __future__ import annotations

import os
import signal
import time

from bootstrap.machine import Machine


def test_run_after_a_killed_installation(machine: Machine) -> None:
    """The next run installs Pants again, and does not use the incomplete environment."""
    process = machine.start("--version")
    deadline = time.monotonic() + 120
    while not list(machine.cache.glob("pants/*/lib/python3.9/site-packages/pants")):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    (environment,) = machine.cache.glob("pants/*")
    assert not (environment / "complete").exists()

    second = machine.run("--version")
    third = machine.run("--version")

    assert (second.code, second.out) == (0, "2.17.1\n")
    assert f"Installing Pants 2.17.1 into {environment}\n" in second.err
    assert (third.code, third.out) == (0, "2.17.1\n")
    assert "Installing" not in third.err

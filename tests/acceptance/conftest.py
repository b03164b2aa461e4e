"""The options of acceptance tests, and their trial repositories."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping

import pytest

from trial_repository.machine import Machine


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--times", type=int, default=50, help="killed builds, 50 by default")
    parser.addoption("--seed", type=int, default=int(time.time()), help="of an earlier run")
    parser.addoption("--functions", type=int, default=100, help="at least 10, 100 by default")
    parser.addoption(
        "--all-architectures",
        action="store_true",
        help="package each function of popular/false_alarms_test.py for arm64 and for x86_64",
    )


def pytest_configure() -> None:
    # End through the fixtures, which stop servers and daemons.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))


@pytest.fixture(scope="module")
def make_machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Machine]]:
    """Creates machines from names and files. Their daemons end after the tests of the module."""
    machines = []

    def make(name: str, files: Mapping[str, str]) -> Machine:
        machines.append(Machine(tmp_path_factory.mktemp(name, numbered=False)))
        machines[-1].write(files)
        return machines[-1]

    yield make
    for machine in machines:
        machine.stop_daemon()

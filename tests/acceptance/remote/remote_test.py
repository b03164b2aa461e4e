"""A fleet of functions, built on simulated machines that share a real remote cache.

    tests/acceptance/run remote [--functions FUNCTIONS]

The cache is a BuildGrid server on the loopback interface. A simulated machine is a checkout in its
own folder, with an empty store. The counters and the log of Pants show where results come from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from acceptance.remote.remote_build import HIT, RemoteBuild
from acceptance.remote.servers import buildgrid, worker
from acceptance.remote.simulated_machine import SimulatedMachine
from acceptance.server import Server

# One function with native code, and its layer.
PARTIAL_BUILD = ["src/functions/catalog_0:fn"]
# Processes of Pants itself, which install the libraries of the checks. A backend cannot make them
# wait for the cache.
OF_PANTS = "Install "
# The part of the backend's processes that may start although their results are in the cache. A busy
# server may need longer than the backend waits. Pants stops such processes when the result arrives.
MAY_START = 0.1

# Creates a machine from its name.
Simulate = Callable[..., SimulatedMachine]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("remote", numbered=False)


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[Server]:
    """The cache."""
    (folder / "server").mkdir()
    with buildgrid(folder / "server") as running:
        yield running


@pytest.fixture(scope="module")
def first_machine(folder: Path, pytestconfig: pytest.Config) -> SimulatedMachine:
    return SimulatedMachine(folder / "first", functions=pytestconfig.getoption("functions"))


@pytest.fixture(scope="module")
def filling(first_machine: SimulatedMachine, server: Server) -> RemoteBuild:
    """The build that fills the cache. ./pants also generates the lockfile, before the build."""
    return succeeded("fills the cache", first_machine.build(server.address))


@pytest.fixture(scope="module")
def simulate(
    folder: Path, first_machine: SimulatedMachine, filling: RemoteBuild, pytestconfig: pytest.Config
) -> Simulate:
    """Creates machines with the lockfile of the first machine."""

    def create_machine(name: str, create: Simulate = SimulatedMachine) -> SimulatedMachine:
        machine = create(folder / name, functions=pytestconfig.getoption("functions"))
        machine.copy_lockfile_of(first_machine)
        return machine

    return create_machine


@pytest.fixture(scope="module")
def warm(simulate: Simulate, server: Server) -> RemoteBuild:
    """A build by another user, with another PATH, locale and umask."""
    machine = simulate("warm", SimulatedMachine.with_other_user)
    return succeeded("gets all results from the cache", machine.build(server.address))


@pytest.fixture(scope="module")
def delegated(simulate: Simulate, server: Server, folder: Path) -> RemoteBuild:
    """A partial build on a worker."""
    (folder / "worker").mkdir()
    with worker(server, folder / "worker") as running:
        build = simulate("delegated").build_on_worker(
            running.address, server.address, targets=PARTIAL_BUILD
        )
    return succeeded("runs everything on a worker", build)


@pytest.fixture(scope="module")
def interrupted(
    simulate: Simulate, server: Server, warm: RemoteBuild, delegated: RemoteBuild
) -> RemoteBuild:
    """A build whose server is killed after half of the results."""
    left = warm.cached // 2

    def read_line(line: str) -> None:
        nonlocal left
        left -= HIT in line
        if left <= 0:
            server.kill()

    machine = simulate("interrupted")
    return succeeded("loses its server", machine.build(server.address, on_line=read_line))


@pytest.fixture(scope="module")
def offline(simulate: Simulate, server: Server, interrupted: RemoteBuild) -> RemoteBuild:
    """A partial build after the server was killed."""
    machine = simulate("offline")
    return succeeded("has no server", machine.build(server.address, targets=PARTIAL_BUILD))


def succeeded(machine: str, build: RemoteBuild) -> RemoteBuild:
    """Print a summary of a build, which must have succeeded."""
    local = build.local_processes()
    cacheable = sum(each.is_cacheable for each in local)
    print(
        f"A machine that {machine}: {build.seconds:.0f} s, {len(build.artifacts)} files. The cache "
        f"had {build.cached} of {build.requests} results. "
        f"{build.counter('remote_execution_success')} processes ran on the worker. Locally, "
        f"{len(local)} processes started, {cacheable} of them with cacheable results.",
        flush=True,
    )
    assert build.succeeded, build.log[-5000:]
    return build


def test_first_machine_fills_the_cache(filling: RemoteBuild) -> None:
    """The cache is empty, and Pants writes each result."""
    assert filling.cached == 0
    assert filling.counter("remote_cache_write_successes") == filling.requests > 0


def test_another_machine_gets_all_results(warm: RemoteBuild, filling: RemoteBuild) -> None:
    """Each result comes from the cache, and the artifacts are those of the first build."""
    local = warm.local_processes()
    ours = [
        each for each in local if each.is_cacheable and not each.description.startswith(OF_PANTS)
    ]

    assert warm.cached == warm.requests
    assert warm.counter("remote_cache_read_errors") == 0
    assert warm.counter("remote_cache_speculation_local_completed_first") == 0
    assert len(ours) <= MAY_START * warm.requests
    assert warm.counter("local_execution_requests") == len(local)
    assert warm.artifacts == filling.artifacts


def test_worker_runs_each_process(delegated: RemoteBuild, filling: RemoteBuild) -> None:
    """No process runs locally, and the artifacts are among those of the first build."""
    requests = delegated.counter("remote_execution_requests")

    assert delegated.counter("remote_execution_success") == requests > 0
    assert delegated.counter("local_execution_requests") == 0
    assert delegated.artifacts.items() <= filling.artifacts.items()
    assert delegated.artifacts


def test_build_goes_on_without_its_killed_server(
    interrupted: RemoteBuild, filling: RemoteBuild
) -> None:
    """Pants warns about the cache, and runs the other processes itself."""
    assert 0 < interrupted.cached < interrupted.requests
    assert interrupted.warnings()
    assert interrupted.artifacts == filling.artifacts


def test_build_without_a_server(offline: RemoteBuild, filling: RemoteBuild) -> None:
    """Pants warns about the cache, and runs all processes itself."""
    assert offline.cached == 0
    assert offline.warnings()
    assert offline.artifacts.items() <= filling.artifacts.items()
    assert offline.artifacts

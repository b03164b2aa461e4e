"""The expectations for each build, which are checked with the counters and the log of Pants."""

from __future__ import annotations

from remote.remote_build import RemoteBuild

# Processes of Pants itself, which install the libraries of the checks. A backend cannot make them
# wait for the cache.
_OF_PANTS = "Install "
# The part of the backend's processes that may start although their results are in the cache. A busy
# server may need longer than the backend waits. Pants stops such processes when the result arrives.
_MAY_START = 0.1


def fills_the_cache(build: RemoteBuild) -> bool:
    requests = build.counter("remote_cache_requests")
    expectations = {
        "the cache is empty": build.counter("remote_cache_requests_cached") == 0,
        "each result is written": build.counter("remote_cache_write_successes") == requests > 0,
    }
    return _report("fills the cache", build, expectations)


def gets_all_results(build: RemoteBuild, first: RemoteBuild) -> bool:
    requests = build.counter("remote_cache_requests")
    cacheable = [each.description for each in build.local_processes() if each.is_cacheable]
    ours = [description for description in cacheable if not description.startswith(_OF_PANTS)]
    expectations = {
        "each result comes from the cache": (
            build.counter("remote_cache_requests_cached") == requests
        ),
        "no request fails": build.counter("remote_cache_read_errors") == 0,
        "no result comes from a local process": (
            build.counter("remote_cache_speculation_local_completed_first") == 0
        ),
        f"at most {_MAY_START:.0%} of the backend's processes start": (
            len(ours) <= _MAY_START * requests
        ),
        "the log lists each process that starts": (
            build.counter("local_execution_requests") == len(build.local_processes())
        ),
    }
    return _report(
        "gets all results from the cache", build, {**expectations, **_same(build, first)}
    )


def runs_on_the_worker(build: RemoteBuild, first: RemoteBuild) -> bool:
    requests = build.counter("remote_execution_requests")
    expectations = {
        "each process runs on the worker": (
            build.counter("remote_execution_success") == requests > 0
        ),
        "no process runs locally": build.counter("local_execution_requests") == 0,
        **_same_part(build, first),
    }
    return _report("runs everything on a worker", build, expectations)


def loses_its_server(build: RemoteBuild, first: RemoteBuild) -> bool:
    requests, cached = _requests(build)
    expectations = {
        "some results come from the cache, and some do not": 0 < cached < requests,
        "Pants warns about the cache": bool(build.warnings()),
        **_same(build, first),
    }
    return _report("loses its server", build, expectations)


def has_no_server(build: RemoteBuild, first: RemoteBuild) -> bool:
    expectations = {
        "no result comes from the cache": build.counter("remote_cache_requests_cached") == 0,
        "Pants warns about the cache": bool(build.warnings()),
        **_same_part(build, first),
    }
    return _report("has no server", build, expectations)


def _same(build: RemoteBuild, first: RemoteBuild) -> dict[str, bool]:
    return {"its artifacts are those of the first build": build.artifacts == first.artifacts}


def _same_part(build: RemoteBuild, first: RemoteBuild) -> dict[str, bool]:
    same = build.artifacts.items() <= first.artifacts.items()
    return {"its artifacts are among those of the first build": same and bool(build.artifacts)}


def _requests(build: RemoteBuild) -> tuple[int, int]:
    """The number of requests to the cache, and the number of results that it returned."""
    requests, cached = "remote_cache_requests", "remote_cache_requests_cached"
    return build.counter(requests), build.counter(cached)


def _report(machine: str, build: RemoteBuild, expectations: dict[str, bool]) -> bool:
    """Print a summary and the expectations that are not met. Return whether all are met."""
    requests, cached = _requests(build)
    on_worker = build.counter("remote_execution_success")
    local = build.local_processes()
    cacheable = sum(each.is_cacheable for each in local)
    print(
        f"A machine that {machine}: {build.seconds:.0f} s, {len(build.artifacts)} files. The cache "
        f"had {cached} of {requests} results. {on_worker} processes ran on the worker. Locally, "
        f"{len(local)} processes started, {cacheable} of them with cacheable results.",
        flush=True,
    )
    failed = [
        expectation
        for expectation, is_met in {"it succeeds": build.succeeded, **expectations}.items()
        if not is_met
    ]
    for expectation in failed:
        print(f"  FAILED: {expectation}.", flush=True)
    if not build.succeeded:
        print(build.log[-5000:], flush=True)
    return not failed

"""What has to be true of each build, by Pants' own counters and its log."""

from __future__ import annotations

from remote.build import Build

# Pants' own, which installs the libraries of the checks: no backend can tell it to ask first.
_OF_PANTS = "Install "
# A busy server may need longer than the backend's processes wait. They are stopped when it answers.
_MAY_START = 0.1


def fills(build: Build) -> bool:
    asked = build.counter("remote_cache_requests")
    claims = {
        "nothing was in the cache": build.counter("remote_cache_requests_cached") == 0,
        "each result was written": build.counter("remote_cache_write_successes") == asked > 0,
    }
    return _told("fills the cache", build, claims)


def gets_all(build: Build, first: Build) -> bool:
    asked = build.counter("remote_cache_requests")
    started = [each.description for each in build.started() if each.is_cacheable]
    ours = [description for description in started if not description.startswith(_OF_PANTS)]
    claims = {
        "each result came from the cache": build.counter("remote_cache_requests_cached") == asked,
        "no answer was an error": build.counter("remote_cache_read_errors") == 0,
        "no result came from a process here": (
            build.counter("remote_cache_speculation_local_completed_first") == 0
        ),
        "hardly a process of the backend started": len(ours) <= _MAY_START * asked,
        "the log names each start": (
            build.counter("local_execution_requests") == len(build.started())
        ),
    }
    return _told("gets all from the cache", build, {**claims, **_leaves_all(build, first)})


def delegates(build: Build, first: Build) -> bool:
    asked = build.counter("remote_execution_requests")
    claims = {
        "each process ran at the worker": build.counter("remote_execution_success") == asked > 0,
        "none ran here": build.counter("local_execution_requests") == 0,
        **_leaves_a_part(build, first),
    }
    return _told("lets a worker run everything", build, claims)


def loses_its_server(build: Build, first: Build) -> bool:
    asked, cached = (build.counter(f"remote_cache_requests{kind}") for kind in ("", "_cached"))
    claims = {
        "some results came from the cache, and some did not": 0 < cached < asked,
        "a warning says so": bool(build.warnings()),
        **_leaves_all(build, first),
    }
    return _told("loses its server", build, claims)


def has_no_server(build: Build, first: Build) -> bool:
    claims = {
        "no result came from the cache": build.counter("remote_cache_requests_cached") == 0,
        "a warning says so": bool(build.warnings()),
        **_leaves_a_part(build, first),
    }
    return _told("has no server", build, claims)


def _leaves_all(build: Build, first: Build) -> dict[str, bool]:
    return {"its artifacts are those of the first": build.artifacts == first.artifacts}


def _leaves_a_part(build: Build, first: Build) -> dict[str, bool]:
    same = build.artifacts.items() <= first.artifacts.items()
    return {"its artifacts are among those of the first": same and bool(build.artifacts)}


def _told(does: str, build: Build, claims: dict[str, bool]) -> bool:
    """Print what a build came to, and what is not as it has to be; whether nothing is."""
    asked, cached = (build.counter(f"remote_cache_requests{kind}") for kind in ("", "_cached"))
    at_worker = build.counter("remote_execution_success")
    here = build.started()
    spared = sum(each.is_cacheable for each in here)
    print(
        f"A machine that {does}: {build.seconds:.0f} s, {len(build.artifacts)} files. Of {asked} "
        f"results asked of the cache, {cached} came. At the worker ran {at_worker} processes. Here "
        f"started {spared} that can be cached, and {len(here) - spared} that cannot.",
        flush=True,
    )
    wrong = [
        claim for claim, is_so in {"it succeeded": build.succeeded, **claims}.items() if not is_so
    ]
    for claim in wrong:
        print(f"  Not so: {claim}.", flush=True)
    if not build.succeeded:
        print(build.said[-5000:], flush=True)
    return not wrong

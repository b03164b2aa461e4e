"""The works: the projects that are packaged, the situations and the contenders."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from benchmarks import assembler, coldstart
from benchmarks.bench import Bench
from benchmarks.builds import cold_build, handler_edit, shared_edit, unchanged_build
from benchmarks.measurements import Key, Measurements, Series
from benchmarks.projects.project import FleetProject, FunctionProject
from benchmarks.stacks import measure_stacks

FIVE = FunctionProject("bundled5", "bundled5", ("boto3", "numpy", "pydantic", "requests", "yaml"))
SPLIT = FIVE.with_changes(name="split5", layer=True)
HEAVY = FunctionProject("heavy", "heavy", ("pydantic", "requests", "scipy", "sklearn", "yaml"))
FLEET = FleetProject(100)
# Peers package this fleet, and their times are multiplied by `SCALE`.
SMALL_FLEET = FleetProject(10)
SCALE = FLEET.size // SMALL_FLEET.size
SIZES = (10, 25, 50, 75, 100)
# Rounds of warm builds per round of cold builds. Warm builds are short, and vary more.
WARM = 3


def bundled5(bench: Bench) -> Measurements:
    """Two situations are enough for uv, pip and sam, which do the same work after every change."""
    scripts = ("sam", "uv", "pip")
    measured = ("ours", "floor", "pants", "sam-cached", *scripts)
    with_cache = ("ours", "floor", "pants", "pants-python", "sam-cached")
    first = bench.run(
        [
            cold_build(FIVE.name, each)
            for each in bench.contenders(FIVE, ("ours", "pants", *scripts))
        ]
    )
    then = bench.run(
        [
            *(handler_edit(FIVE.name, each) for each in bench.contenders(FIVE, measured)),
            *(unchanged_build(FIVE.name, each) for each in bench.contenders(FIVE, with_cache)),
        ],
        rounds=WARM * bench.rounds,
    )
    return {**first, **then}


def split5(bench: Bench) -> Measurements:
    """The backend of Pants has no layers, and packages the same code into the function."""
    contenders = [*bench.contenders(SPLIT, ("ours",)), *bench.contenders(FIVE, ("pants",))]
    return bench.run(
        [handler_edit("split5", each) for each in contenders], rounds=WARM * bench.rounds
    )


def heavy(bench: Bench) -> Measurements:
    names = ("ours", "pants", "sam", "sam-cached", "uv", "pip")
    return bench.run(
        [handler_edit("heavy", each) for each in bench.contenders(HEAVY, names)],
        rounds=WARM * bench.rounds,
    )


def fleet100(bench: Bench) -> Measurements:
    first = bench.run(
        [
            *(cold_build(FLEET.name, each) for each in bench.contenders(FLEET, ("ours",))),
            *(
                cold_build(FLEET.name, each, scale=SCALE)
                for each in bench.contenders(SMALL_FLEET, ("pants", "uv"))
            ),
        ]
    )
    ours = bench.contenders(FLEET, ("ours",))
    peers = bench.contenders(SMALL_FLEET, ("pants", "uv"))
    with_cache = bench.contenders(SMALL_FLEET, ("pants",))
    then = bench.run(
        [
            *(handler_edit(FLEET.name, each) for each in [*ours, *peers]),
            *(shared_edit(FLEET.name, each) for each in ours),
            *(unchanged_build(FLEET.name, each) for each in [*ours, *with_cache]),
        ],
        rounds=WARM * bench.rounds,
    )
    return {**first, **then}


def sizes(bench: Bench) -> Measurements:
    """An edit of a shared module in fleets of several sizes, to measure the cost per function."""
    fleets = [each for size in SIZES for each in bench.contenders(FleetProject(size), ("ours",))]
    measured = bench.run([shared_edit(each.project.name, each) for each in fleets])
    return {Key("sizes", key.work, key.contender): series for key, series in measured.items()}


def cold_start(bench: Bench) -> Measurements:
    projects = {"ours": FIVE, "ours, split": SPLIT, **_without_bytecode(bench, FIVE)}
    found = {
        label: each
        for label, project in projects.items()
        for each in bench.contenders(project, ("ours",))
    }
    for each in bench.contenders(FIVE, ("pants", "sam-cached", "uv", "pip")):
        found[each.name] = each
    bench.stop()
    return bench.run(coldstart.steps(bench, found), rounds=max(10, bench.rounds))


def stacks(bench: Bench) -> Measurements:
    return measure_stacks(bench, rounds=max(15, bench.rounds))


def size(bench: Bench) -> Measurements:
    """The size of unzipped artifacts, with the default bytecode and without bytecode."""
    measured: Measurements = {}
    if not bench.measures("ours"):
        return measured
    for project in (FIVE, HEAVY):
        for label, each in {"ours": project, **_without_bytecode(bench, project)}.items():
            metadata = bench.ours(each).metadata(each.functions[0])
            key = Key("size", project.name, label)
            measured[key] = Series((float(metadata["unzipped_bytes"]),))
    bench.stop()
    return measured


def assemble(bench: Bench) -> Measurements:
    if not bench.measures("ours"):
        return {}
    return bench.run(assembler.steps(bench, HEAVY), rounds=max(10, bench.rounds))


WORKS: Mapping[str, Callable[[Bench], Measurements]] = {
    "bundled5": bundled5,
    "split5": split5,
    "heavy": heavy,
    "fleet100": fleet100,
    "sizes": sizes,
    "coldstart": cold_start,
    "stacks": stacks,
    "size": size,
    "assembler": assemble,
}


def _without_bytecode(bench: Bench, project: FunctionProject) -> Mapping[str, FunctionProject]:
    """The same project without bytecode, if the backend has a field for it."""
    targets = bench.backend / "aws_lambda/target_types.py"
    if "class LambdaBytecodeField" not in targets.read_text(encoding="utf-8"):
        return {}
    plain = project.with_changes(name=f"{project.name}-none", fields=', bytecode="none"')
    return {"ours, no bytecode": plain}

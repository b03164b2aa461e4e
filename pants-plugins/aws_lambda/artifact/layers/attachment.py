"""Layers that do not fit the target that attaches them, or each other.

Lambda loads a function with its layers without comparing them. Conflicts appear at run time, so the
build refuses them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations

from aws_lambda.artifact.contents import ArtifactFile
from aws_lambda.artifact.errors import LayerError, Where, columns, describe
from aws_lambda.artifact.globs import escape_glob
from aws_lambda.artifact.imports.artifact_view import ArtifactView
from aws_lambda.artifact.split import Contents, find_version_conflicts

# AWS's quota page `gettingstarted-limits`, read in November 2026. It counts all layers.
MAX_LAYERS = 5


class LayerDoesNotFit(LayerError):
    """A layer does not fit the target that attaches it. It was built for another version of Python,
    or contains native code for another architecture.

    To fix, give both the same `runtime` and `architecture`, or `parametrize` both in the same way.
    """


class VersionsDisagree(LayerError):
    """A target and its layers, or two of its layers, contain different versions of a distribution.
    Python would import the first one that it finds, in all code.

    To fix, lock one version: give all of these targets the same `resolve`.
    """


class LayerMissing(LayerError):
    """A target attaches a layer without the layers in the layer's own `layers`, or before them. A
    layer does not contain the files of the layers that it names.

    To fix, set `layers` to the list that the message shows.
    """


class PackageIsSplit(LayerError):
    """A package with an `__init__.py` is in several artifacts. These are a function and its layers,
    or several layers. Python imports such a package from one folder and does not find the rest.

    To fix, choose one of the ways that the message lists.
    """


# An artifact, a package as a path below the root, and the artifact's files in the package.
_Part = tuple[ArtifactView, str, tuple[ArtifactFile, ...]]


def check_attached_layers(
    artifact: ArtifactView,
    closure: Contents,
    layers: Sequence[ArtifactView],
    *,
    named: Sequence[str],
    foreign: frozenset[str],
    namespaces: frozenset[str],
    where: Where,
) -> None:
    """Refuse layers that do not fit the artifact or each other.

    `closure` is the closure of the artifact, including the contents of its layers. `named` are the
    entries of the field `layers`, addresses and ARNs, in order. `foreign` are addresses of layers
    with native code for another architecture. `namespaces` are packages, as paths, whose
    `__init__.py` extends their `__path__`.

    Raises `LayerDoesNotFit`, `LayerMissing`, `VersionsDisagree` or `PackageIsSplit`.
    """
    _check_platforms(artifact, layers, foreign, where=where)
    _check_required_layers(layers, named, where=where)
    _check_versions(artifact, closure, layers, where=where)
    split = [p for p in find_split_packages(artifact, layers) if p not in namespaces]
    outermost = [p for p in split if not any(p.startswith(f"{other}/") for other in split)]
    if outermost:
        raise PackageIsSplit(_split_message(outermost, artifact, layers, where=where))


def _check_platforms(
    artifact: ArtifactView, layers: Sequence[ArtifactView], foreign: frozenset[str], *, where: Where
) -> None:
    unsuitable = [
        layer for layer in layers if layer.python != artifact.python or layer.address in foreign
    ]
    if not unsuitable:
        return
    rows = [
        (each.address, f"python{each.python}", str(each.architecture))
        for each in (artifact, *unsuitable)
    ]
    raise LayerDoesNotFit(
        describe(
            f"{where.at_start} attaches layers that are built for another platform.",
            facts=columns(rows),
            why="Lambda loads a layer's files as they are. Native code for another architecture "
            "cannot be imported, and other versions of Python need other wheels.",
            fix="give both the same `runtime` and `architecture`, or `parametrize` both in the "
            "same way.",
        )
    )


def _check_required_layers(
    layers: Sequence[ArtifactView], named: Sequence[str], *, where: Where
) -> None:
    attached: list[str] = []
    missing: list[tuple[str, str]] = []
    for layer in layers:
        missing.extend(
            (layer.address, f"requires {p}") for p in layer.required_layers if p not in attached
        )
        attached.append(layer.address)
    if missing:
        before = {layer.address: layer.required_layers for layer in layers}
        wanted = dict.fromkeys(a for name in named for a in (*before.get(name, ()), name))
        raise LayerMissing(
            describe(
                f"{where.at_start} attaches layers without the layers that they require, or "
                "before them.",
                facts=columns(missing),
                why="A layer does not contain the files of the layers in its own `layers`.",
                fix=f"set `layers={_listed(wanted)}`.",
            )
        )


def _check_versions(
    artifact: ArtifactView, closure: Contents, layers: Sequence[ArtifactView], *, where: Where
) -> None:
    found = find_version_conflicts(
        artifact.address, closure, {layer.address: layer.contents for layer in layers}
    )
    if found:
        raise VersionsDisagree(
            describe(
                f"{where.at_start} and its layers contain different versions of distributions.",
                facts=columns(
                    [
                        (each.name, version, owner)
                        for each in found
                        for owner, version in each.versions
                    ]
                ),
                why="Python imports the first version that it finds, in all code.",
                fix="lock one version: give all of these targets the same `resolve`.",
            )
        )


def find_split_packages(artifact: ArtifactView, layers: Sequence[ArtifactView]) -> tuple[str, ...]:
    """The regular packages of which Python could not import all files, as sorted paths.

    Python imports a package with an `__init__.py` from the first folder with that file. Lambda
    unpacks layers with the same root into one folder, so these may share a package.
    """
    if not layers:
        return ()
    every = (artifact, *layers)
    shared = {
        folder
        for one, other in combinations(every, 2)
        for folder in one.folders & other.folders
        if any(f"{folder}/__init__.py" in each.module_paths for each in every)
    }
    if not shared:
        return ()
    # In the order of `sys.path`, in which `site-packages` comes before `python`.
    roots = sorted({layer.root for layer in layers}, key=len, reverse=True)
    places = [
        artifact.module_paths,
        *(
            frozenset(m for la in layers if la.root == root for m in la.module_paths)
            for root in roots
        ),
    ]
    return tuple(
        package
        for package in sorted(shared)
        if not _is_whole(package, places)
        and not all(each.has_only_harmless_files(package) for each in every)
    )


def init_files_of(packages: Iterable[str], artifact: ArtifactView) -> tuple[ArtifactFile, ...]:
    """The artifact's `__init__.py` files of these packages."""
    prefix = f"{artifact.root}/" if artifact.root else ""
    paths = {f"{prefix}{package}/__init__.py" for package in packages}
    return tuple(file for file in artifact.files if file.path in paths)


def _is_whole(package: str, places: Sequence[frozenset[str]]) -> bool:
    """Whether the folder that Python finds first contains all files of the package."""
    inside = [{m for m in modules if m.startswith(f"{package}/")} for modules in places]
    first = next(each for each in inside if f"{package}/__init__.py" in each)
    return all(each <= first for each in inside)


def _split_message(
    packages: Sequence[str],
    artifact: ArtifactView,
    layers: Sequence[ArtifactView],
    *,
    where: Where,
) -> str:
    parts = [(e, p, e.files_in(p)) for p in packages for e in (artifact, *layers) if e.files_in(p)]
    layer = next((each for each, _, _ in parts if each is not artifact), layers[0])
    names = [package.replace("/", ".") for package in packages]
    rows = {
        (f"{each.path_of(package)} of {f.owner}" if f.is_third_party else f.source, each.address)
        for each, package, files in parts
        for f in files
    }
    fixes = [
        *_fixes_for_own_code(parts, names, layer),
        *_fixes_for_distributions(parts, artifact, layer),
    ]
    return describe(
        f"A regular package is partly in {where} and partly in its layers: {', '.join(names)}.",
        facts=columns(sorted(rows)),
        why="Python imports such a package from one folder and does not find the rest.",
        fix="choose one of these:\n\n" + "\n".join(f"  {fix}" for fix in fixes),
    )


def _fixes_for_own_code(
    parts: Sequence[_Part], names: Sequence[str], layer: ArtifactView
) -> Iterable[str]:
    own = [f for _, _, files in parts for f in files if not f.is_third_party]
    if not own:
        return
    folders = sorted({file.source.rpartition("/")[0] for file in own})
    yield f"put all of it into the layer: `dependencies={_listed(folders)}` on {layer.address}"
    inits = [file for each, package, _ in parts for file in init_files_of([package], each)]
    if any(each.is_third_party for each in inits):
        return
    empty = sorted({file.source for file in inits if file.size == 0})
    if empty:
        yield f"delete the empty {', '.join(empty)}"
    yield f"set `namespace_packages = {_listed(names)}` in `[aws-lambda]` of pants.toml"


def _fixes_for_distributions(
    parts: Sequence[_Part], artifact: ArtifactView, layer: ArtifactView
) -> Iterable[str]:
    every = sorted({str(f.owner) for _, _, files in parts for f in files if f.is_third_party})
    if not every:
        return
    move = f"put {', '.join(every)} into the layer: "
    if artifact.root:
        yield f"{move}add their requirements to `dependencies` of {layer.address}"
    else:
        yield f"{move}`requirements_of={_listed([artifact.address])}` on {layer.address}"
    removable: dict[str, tuple[str, str]] = {}
    for each, package, files in parts:
        if all(each.is_third_party for each in files):
            removable.setdefault(
                package, (each.address, f"{escape_glob(each.path_of(package))}/**")
            )
    for address in sorted({address for address, _ in removable.values()}):
        globs = [glob for found, glob in removable.values() if found == address]
        yield f"leave out a part that nothing needs: `exclude={_listed(globs)}` on {address}"


def _listed(names: Iterable[str]) -> str:
    return "[" + ", ".join(f'"{name}"' for name in names) + "]"

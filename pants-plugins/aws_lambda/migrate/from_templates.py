"""Translates the functions of deployment templates to targets in BUILD files.

The steps: choose the functions that Pants can package; find the folders where their imports begin;
merge their requirements into as few resolves as possible; write a target for each function, layer,
and folder of sources and data.
"""

from __future__ import annotations

import posixpath
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from aws_lambda.artifact.handler_fields import DEFAULT_REEXPORT
from aws_lambda.migrate.asset_sources import find_asset_source
from aws_lambda.migrate.build_file_targets import (
    Code,
    ExistingTarget,
    NewTarget,
    Value,
    add_targets,
    quote,
    render_target,
    targets_in,
)
from aws_lambda.migrate.file_changes import FileChange
from aws_lambda.migrate.pants_settings import PantsSettings
from aws_lambda.migrate.requirement_files import (
    Conflict,
    RequirementFile,
    find_conflict,
    merge_requirements,
    parse_requirement_file,
)
from aws_lambda.templates.declared_functions import (
    ASSET,
    IMAGE,
    INLINE,
    PATH,
    S3,
    DeclaredFunction,
    DeclaredLayer,
    Literal,
    Template,
)
from aws_lambda.templates.function_matches import is_in_folder
from aws_lambda.templates.packaged_functions import PackagedFunction, PackagedLayer
from aws_lambda.templates.planned_targets import PlannedTargets
from aws_lambda.templates.serverless import REQUIREMENTS_LAYER

DEFAULT_RESOLVE = "python-default"
THIRD_PARTY = "3rdparty/python"
# Files in the folder of a function that configure tools and that no function reads.
_TOOL_FILES = re.compile(
    r"(^|/)(BUILD(\..+)?|Dockerfile|Makefile|Pipfile(\.lock)?|poetry\.lock|uv\.lock|"
    r"pyproject\.toml|setup\.(py|cfg)|tox\.ini|pytest\.ini|[\w.-]*requirements[\w.-]*\.(txt|in)|"
    r"constraints[\w.-]*\.txt|README(\.\w+)?|LICENSE(\.\w+)?|CHANGELOG(\.\w+)?|package(-lock)?\.json|"
    r"(template|samconfig|serverless|buildspec|cdk)\.\w+|py\.typed)$"
)
_PYTHON_FILES = (".py", ".pyi")
_NO_SOURCES = re.compile(r"(^|/)(test_[^/]*|[^/]*_test|tests|conftest)\.pyi?$")
# Folders with files for tests, and folders that tools write. A path is relative to a source root.
_TOOL_FOLDERS = re.compile(
    r"(^|/)(tests?|node_modules|__pycache__|venv|\.[^/]+|cdk\.out|[^/]+\.egg-info)/"
)
# Lambda sets these itself (`aws_lambda_emulator/environment_variables.py`).
_RESERVED = re.compile(
    r"AWS_(LAMBDA_.*|REGION|DEFAULT_REGION|EXECUTION_ENV|ACCESS_KEY.*|SECRET_.*|"
    r"SESSION_TOKEN|XRAY_.*)|_HANDLER|_X_AMZN_.*|LAMBDA_(TASK_ROOT|RUNTIME_DIR)"
)
_WORDS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")


# The minor versions of Python that share a lockfile, sorted; empty if they are unknown.
Pythons = tuple[int, ...]


@dataclass(frozen=True)
class RepositoryFiles:
    """The files of the repository.

    `paths` are all files that Pants does not ignore. `texts` has the texts of BUILD files,
    requirement files and templates by path. `fingerprints` has hashes of Python files, also of
    those in the assets of a CDK cloud assembly. `dist` is the folder of artifacts.
    """

    paths: frozenset[str]
    texts: Mapping[str, str]
    default_resolve: str = DEFAULT_RESOLVE
    fingerprints: Mapping[str, str] = field(default_factory=dict)
    dist: str = "dist"

    def below(self, folder: str) -> list[str]:
        """Return the sorted paths of the files in a folder and below it."""
        prefix = "" if folder == "." else f"{folder}/"
        return sorted(path for path in self.paths if path.startswith(prefix))


@dataclass(frozen=True)
class Translation:
    """The changes to BUILD files and requirement files, and the settings for pants.toml.

    `planned` are the targets that the templates then deploy.
    """

    changes: tuple[FileChange, ...]
    settings: PantsSettings | None
    planned: PlannedTargets


@dataclass
class _Function:
    declared: DeclaredFunction
    code: str
    handler_file: str
    handler_name: str
    twins: list[DeclaredFunction] = field(default_factory=list)
    pythons: Pythons = ()
    resolve: str = DEFAULT_RESOLVE
    layers: list[_Layer] = field(default_factory=list)
    arns: list[str] = field(default_factory=list)
    requirements: RequirementFile | None = None
    folder: str = ""
    name: str = ""
    deps_layer: str = ""
    wants_deps_layer: bool = False

    @property
    def address(self) -> str:
        return _address(self.folder, self.name)

    @property
    def python(self) -> int | None:
        return _minor(self.declared.runtime.value) if self.declared.runtime else None

    @property
    def platform(self) -> tuple[int | None, str]:
        architecture = self.declared.architecture
        return self.python, architecture.value if architecture else "x86_64"


@dataclass
class _Layer:
    declared: DeclaredLayer
    content: str
    root: str
    requirements: RequirementFile | None
    pythons: Pythons = ()
    resolve: str = DEFAULT_RESOLVE
    address: str = ""


def _minor(runtime: str) -> int | None:
    match = re.fullmatch(r"python3\.(\d+)", runtime)
    return int(match[1]) if match else None


def _folder(template: str, path: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(template), path))


def translate_templates(templates: Sequence[Template], files: RepositoryFiles) -> Translation:
    """Return the BUILD files, requirements and settings for the functions of templates."""
    return _Translator(templates, files).translate()


class _Translator:
    def __init__(self, templates: Sequence[Template], files: RepositoryFiles) -> None:
        self.templates = templates
        self.files = files
        self.notes: dict[str, list[str]] = defaultdict(list)
        self.build: dict[str, list[NewTarget]] = defaultdict(list)
        self.functions: list[_Function] = []
        self.layers: dict[tuple[str, str], _Layer] = {}
        self.roots: list[str] = []
        self.resolves: dict[str, list[RequirementFile]] = {}
        self.resolve_of: dict[Pythons, str] = {}
        self.pythons_of_resolve: dict[str, Pythons] = {}
        self.requirement_target: dict[str, str] = {}
        self.texts: dict[str, str] = {}
        self.unknown_variables: dict[tuple[str, tuple[str, ...]], list[str]] = defaultdict(list)

    def translate(self) -> Translation:
        for template in self.templates:
            self.notes[template.path].extend(template.unresolved)
            for layer in template.layers:
                self._take_layer(layer)
            for function in template.functions:
                self._take_function(function)
        self._attach_layers()
        self._choose_resolves()
        self._find_roots()
        self._write_requirements()
        self._write_sources()
        self._write_layers()
        self._name_functions()
        self._share_requirements()
        self._write_functions()
        for (path, variables), names in self.unknown_variables.items():
            self.notes[path].append(
                f"The template does not contain the values of {', '.join(variables)} "
                f"({', '.join(names)}). If a handler's module reads them when it is imported, add "
                "values to `check_env`."
            )
        return Translation(self._changes(), self._settings(), self._planned())

    # Which functions and layers

    def _take_function(self, declared: DeclaredFunction) -> None:
        if self._is_artifact(declared.template, declared.code):
            return
        runtime = declared.runtime.value if declared.runtime else None
        skipped = _reason_to_skip(declared, runtime)
        if skipped:
            self._note(declared, f"{skipped} It is skipped.")
            return
        assert declared.code is not None
        assert declared.handler is not None
        code = _folder(declared.template, declared.code.value)
        if declared.code_kind == ASSET:
            code = (
                self._source_of_asset(declared, code, declared.handler.value.rpartition(".")[0])
                or code
            )
        if code.startswith("..") or not self.files.below(code):
            self._note(
                declared,
                f"Its code, {declared.code.value}, is not a folder with files in the repository. "
                "It is skipped.",
            )
            return
        module, _, name = declared.handler.value.rpartition(".")
        candidates = [
            posixpath.normpath(posixpath.join(code, f"{each}{suffix}"))
            for each in (module, module.replace(".", "/"))
            for suffix in (".py", "/__init__.py")
        ]
        file = next((each for each in candidates if each in self.files.paths), None)
        if file is None:
            self._note(
                declared,
                f"Its handler, {declared.handler.value}, is in no module in {code}. Perhaps a "
                "layer contains it. It is skipped.",
            )
            return
        for sentence in declared.unresolved:
            self._note(declared, sentence)
        function = _Function(declared, code, file, name)
        function.requirements = self._requirements_in(code)
        twin = next((each for each in self.functions if _same_artifact(each, function)), None)
        if twin:
            twin.twins.append(declared)
            self._note(
                declared,
                f"It has the same code, handler and layers as {twin.declared.name}. One target "
                "builds both.",
            )
            return
        self.functions.append(function)

    def _is_artifact(self, template: str, code: Literal | None) -> bool:
        """Return whether the template deploys the artifact of a target already."""
        return code is not None and is_in_folder(_folder(template, code.value), self.files.dist)

    def _take_layer(self, declared: DeclaredLayer) -> None:
        if self._is_artifact(declared.template, declared.content):
            return
        if declared.content is None or declared.code_kind not in (PATH, ASSET):
            self._note(declared, "Its content is not a folder in the repository. It is skipped.")
            return
        content = _folder(declared.template, declared.content.value)
        if declared.code_kind == ASSET:
            content = self._source_of_asset(declared, f"{content}/python", None) or content
        files = self.files.below(content)
        if not files or content.startswith(".."):
            self._note(
                declared,
                f"Its content, {declared.content.value}, is not a folder with files in the "
                "repository. It is skipped.",
            )
            return
        has_python_folder = any(each.startswith(f"{content}/python/") for each in files)
        root = f"{content}/python" if has_python_folder else content
        requirements = self._requirements_in(content) or self._requirements_in(root)
        self.layers[declared.template, declared.name] = _Layer(
            declared, content, root, requirements
        )

    def _source_of_asset(
        self, declared: DeclaredFunction | DeclaredLayer, asset: str, module: str | None
    ) -> str | None:
        assembly = posixpath.dirname(declared.template)
        return find_asset_source(asset, self.files.fingerprints, assembly, module)

    def _requirements_in(self, folder: str) -> RequirementFile | None:
        path = posixpath.normpath(posixpath.join(folder, "requirements.txt"))
        if path not in self.files.texts:
            return None
        file = parse_requirement_file(path, self.files.texts)
        for line in file.other_lines:
            self._once(path, f"The line `{line}` is not translated.")
        for each in file.folders:
            self._once(path, f"{each} is first-party code for Pants, and no requirement.")
        return file

    def _attach_layers(self) -> None:
        for function in self.functions:
            for layer in function.declared.layers:
                known = self.layers.get((function.declared.template, layer.value))
                if known:
                    function.layers.append(known)
                elif layer.value == REQUIREMENTS_LAYER:
                    function.wants_deps_layer = True
                elif layer.value.startswith("arn:"):
                    function.arns.append(layer.value)
                    self._note(
                        function.declared,
                        f"If the layer {layer.value} contains distributions that the function "
                        "imports, list them in `provided`.",
                    )
                else:
                    self._note(function.declared, f"Its layer {layer.value} is not attached.")

    # Requirements

    def _choose_resolves(self) -> None:
        """Give each requirement file to the first resolve of its Pythons that it fits.

        A lockfile for several versions of Python needs releases that support all of them.
        Therefore, functions share a resolve only if they have the same version, or share a file
        with requirements.
        """
        self._name_resolves()
        chosen: dict[tuple[str, Pythons], str] = {}
        for layer in self.layers.values():
            layer.resolve = self.resolve_of[layer.pythons]
            if layer.requirements:
                layer.resolve = self._resolve_for(
                    layer.requirements, layer.content, layer.pythons, chosen
                )
        for function in self.functions:
            own = function.requirements
            of_layers = [each.resolve for each in function.layers if each.requirements]
            preferred = of_layers[0] if of_layers else self.resolve_of[function.pythons]
            function.resolve = preferred
            if own:
                function.resolve = self._resolve_for(
                    own, function.code, function.pythons, chosen, preferred
                )
            for layer in [each for each in function.layers if each.resolve != function.resolve]:
                function.layers.remove(layer)
                if layer.requirements and function.resolve != self.files.default_resolve:
                    self._add_to_resolve(layer.requirements, function.resolve)
                self._note(
                    function.declared,
                    f"It needs the resolve {function.resolve}, and the layer {layer.declared.name} "
                    f"needs {layer.resolve}. It contains its dependencies itself, and does not "
                    "attach the layer.",
                )

    def _name_resolves(self) -> None:
        """Find the versions of Python that share a resolve, and name the resolves.

        The versions of most functions get the default resolve. Functions and layers without
        requirements use it as well.
        """
        groups: list[tuple[set[str], list[_Function]]] = []  # with the paths of requirement files
        for function in self.functions:
            used = [function.requirements, *(each.requirements for each in function.layers)]
            shared = {each.path for each in used if each}
            if not shared:
                continue
            alike = [each for each in groups if each[0] & shared]
            groups = [each for each in groups if each not in alike]
            of_group = [x for _, functions in alike for x in functions]
            groups.append((shared.union(*(each[0] for each in alike)), [*of_group, function]))
        users: Counter[Pythons] = Counter()
        for _, functions in groups:
            pythons = tuple(sorted({each.python for each in functions if each.python is not None}))
            users[pythons] += len(functions)
            for function in functions:
                function.pythons = pythons
                for layer in function.layers:
                    layer.pythons = pythons
        default = self.files.default_resolve
        for pythons in sorted(users, key=lambda each: (-users[each], [-x for x in each])):
            name = "python" + "-".join(f"3{minor}" for minor in pythons)
            name = _free_name(name, self.resolves) if self.resolves else default
            self.resolve_of[pythons] = name
            self._add_resolve(name, pythons)
        if not self.resolves:
            self._add_resolve(default, ())
        self.resolve_of.setdefault((), default)

    def _add_resolve(self, name: str, pythons: Pythons) -> None:
        self.resolves[name] = []
        self.pythons_of_resolve[name] = pythons

    def _resolve_for(
        self,
        file: RequirementFile,
        folder: str,
        pythons: Pythons,
        chosen: dict[tuple[str, Pythons], str],
        preferred: str | None = None,
    ) -> str:
        key = (file.path, pythons)
        if key in chosen:
            return chosen[key]
        fitting = [each for each in self.resolves if self.pythons_of_resolve[each] == pythons]
        names = [*([preferred] if preferred else []), *fitting]
        conflicts = {name: find_conflict(self.resolves[name], file) for name in names}
        name = next((each for each, conflict in conflicts.items() if conflict is None), None)
        if name is None:
            name = _free_name(_kebab(posixpath.basename(folder)) or "python", self.resolves)
            conflict = conflicts[names[0]]
            assert conflict is not None
            self._once(file.path, _describe_conflict(conflict, name))
            self._add_resolve(name, pythons)
        self.resolves[name].append(file)
        chosen[key] = name
        return name

    def _add_to_resolve(self, file: RequirementFile, resolve: str) -> None:
        if file in self.resolves[resolve]:
            return
        conflict = find_conflict(self.resolves[resolve], file)
        if conflict:
            self._once(file.path, _describe_conflict(conflict, resolve))
        else:
            self.resolves[resolve].append(file)

    def _requirement_name(self, resolve: str) -> str:
        return "requirements" if resolve == self.files.default_resolve else resolve

    def _write_requirements(self) -> None:
        default = self.files.default_resolve
        for resolve, sources in self.resolves.items():
            owned = [each for each in sources if self._existing_requirements(each)]
            if sources and len(owned) == len(sources):
                self.requirement_target[resolve] = self._existing_requirements(owned[0])
                continue
            if not sources:
                continue
            if len(self.resolves) == 1 and len(sources) == 1:
                file = sources[0].path
                folder = posixpath.dirname(file) or "."
                fields: dict[str, Value] = {"name": "requirements"}
                if posixpath.basename(file) != "requirements.txt":
                    fields["source"] = posixpath.basename(file)
            else:
                folder = THIRD_PARTY
                name = self._requirement_name(resolve)
                source = "requirements.txt" if resolve == default else f"{name}.requirements.txt"
                file = f"{folder}/{source}"
                self._write_merged(file, sources)
                fields = {"name": name}
                if source != "requirements.txt":
                    fields["source"] = source
                if resolve != default:
                    fields["resolve"] = resolve
            self.build[folder].append(NewTarget("python_requirements", fields))
            self.requirement_target[resolve] = _address(folder, str(fields["name"]))

    def _write_merged(self, path: str, sources: Sequence[RequirementFile]) -> None:
        """Write the merged file, or add distributions that an existing one does not list."""
        before = self.files.texts.get(path)
        present = parse_requirement_file(path, self.files.texts).projects if before else frozenset()
        lines = [
            line
            for line in merge_requirements(sources)
            if not parse_requirement_file("x", {"x": line}).projects <= present
        ]
        if before is None:
            listed = "".join(f"# {each.path}\n" for each in sources)
            self.texts[path] = f"# Merged from:\n{listed}" + "".join(f"{x}\n" for x in lines)
        elif lines:
            self.texts[path] = f"{before.rstrip()}\n" + "".join(f"{each}\n" for each in lines)

    def _existing_requirements(self, file: RequirementFile) -> str:
        """Return the address of the target that already owns a requirement file, or ""."""
        folder = posixpath.dirname(file.path) or "."
        for target in self._existing(folder):
            if target.alias != "python_requirements":
                continue
            if target.fields.get("source", "requirements.txt") == posixpath.basename(file.path):
                return _address(folder, target.name or posixpath.basename(folder))
        return ""

    # Sources

    def _find_roots(self) -> None:
        folders = [each.code for each in self.functions]
        folders += [each.root for each in self.layers.values() if self._sources_below(each.root)]
        for file in (f for files in self.resolves.values() for f in files):
            folders += [self._package_root(each) for each in file.folders]
        self.roots = sorted({each for each in folders if each})

    def _package_root(self, folder: str) -> str:
        """Return the folder in which the imports of a local project begin, or ""."""
        for root in (f"{folder}/src", folder):
            if self._sources_below(root):
                return root
        return ""

    def _sources_below(self, folder: str) -> list[str]:
        return [
            path
            for path in self.files.below(folder)
            if path.endswith(_PYTHON_FILES)
            and not _NO_SOURCES.search(path)
            and not _TOOL_FOLDERS.search(posixpath.relpath(path, folder))
            and not path.endswith("setup.py")
        ]

    def _root_of(self, path: str) -> str | None:
        """Return the innermost source root that contains a file."""
        containing = [each for each in self.roots if each == "." or path.startswith(f"{each}/")]
        return max(containing, key=len, default=None)

    def _resolves_of_root(self, root: str) -> list[str]:
        """Return the resolves of the functions and layers that can import code below a root."""
        own = {each.resolve for each in self.functions if each.code == root}
        own |= {
            each.resolve
            for layer in self.layers.values()
            if layer.root == root
            for each in self.functions
            if layer.declared.name in {x.value for x in each.declared.layers}
        } | {each.resolve for each in self.layers.values() if each.root == root}
        if not own:
            own = {each.resolve for each in self.functions}
        return [each for each in self.resolves if each in own]

    def _write_sources(self) -> None:
        folders: dict[str, str] = {}
        for root in self.roots:
            for path in self._sources_below(root):
                folder = posixpath.dirname(path) or "."
                folders[folder] = self._root_of(path) or root
        for folder, root in sorted(folders.items()):
            if self._is_owned_from_above(folder):
                continue
            fields: dict[str, Value] = {}
            if folder == ".":
                fields["name"] = "root"
            resolve = self._resolve_value(self._resolves_of_root(root))
            if resolve:
                fields["resolve"] = resolve
            self.build[folder].append(NewTarget("python_sources", fields))

    def _is_owned_from_above(self, folder: str) -> bool:
        """Return whether a folder above has sources with patterns such as `**/*.py`."""
        while folder not in (".", ""):
            folder = posixpath.dirname(folder) or "."
            for each in self._existing(folder):
                text = self.files.texts.get(self._build_path(folder), "")
                if each.alias == "python_sources" and "sources" in each.others and "**" in text:
                    return True
        return False

    def _resolve_value(self, resolves: Sequence[str]) -> Value | None:
        if len(resolves) > 1:
            return Code(f"parametrize({', '.join(map(quote, resolves))})")
        if resolves and resolves[0] != self.files.default_resolve:
            return resolves[0]
        return None

    # Layers

    def _write_layers(self) -> None:
        written: dict[str, _Layer] = {}
        for layer in self.layers.values():
            first = written.setdefault(layer.content, layer)
            if first is not layer:
                layer.address = first.address
                continue
            users = [
                each
                for each in self.functions
                if any(attached.content == layer.content for attached in each.layers)
            ]
            name = "layer"
            dependencies = self._source_addresses(layer)
            data = self._data_target(layer.root, layer.root) if dependencies else None
            if data:
                dependencies.append(data)
            if layer.requirements:
                target = self.requirement_target.get(layer.resolve)
                projects = sorted(layer.requirements.requirements, key=lambda each: each.name)
                dependencies += [
                    f"{target}#{each}" for each in dict.fromkeys(_target_name(p) for p in projects)
                ]
            if not dependencies:
                self._note(layer.declared, "It contains neither modules nor requirements.")
                continue
            fields: dict[str, Value] = {"name": name, "dependencies": dependencies}
            if layer.declared.layer_name:
                fields["layer_name"] = layer.declared.layer_name.value
            if not layer.requirements:
                fields["include_requirements"] = Code("False")
            runtimes = {f"python3.{each.python}" for each in users if each.python}
            declared = [each.value for each in layer.declared.runtimes]
            fields |= self._platform_fields(
                sorted(runtimes) or declared,
                sorted({each.platform[1] for each in users})
                or [each.value for each in layer.declared.architectures],
            )
            resolve = self._resolve_value([layer.resolve])
            if resolve:
                fields["resolve"] = resolve
            self.build[layer.content].append(NewTarget("lambda_layer", fields))
            layer.address = _address(layer.content, name)
        for function in self.functions:
            function.layers = [each for each in function.layers if each.address]

    def _source_addresses(self, layer: _Layer) -> list[str]:
        """Return the addresses of the sources of a layer, one per folder."""
        folders = sorted({posixpath.dirname(p) or "." for p in self._sources_below(layer.root)})
        several = len(self._resolves_of_root(layer.root)) > 1
        suffix = f"@resolve={layer.resolve}" if several else ""
        return [f"{_address(each, self._name_of_sources(each))}{suffix}" for each in folders]

    def _name_of_sources(self, folder: str) -> str:
        for each in self._existing(folder):
            if each.alias == "python_sources" and each.name:
                return each.name
        return posixpath.basename(folder)

    def _platform_fields(
        self, runtimes: Sequence[str], architectures: Sequence[str]
    ) -> dict[str, Value]:
        """Return the fields `runtime` and `architecture`, unless the defaults are equal to them."""
        fields: dict[str, Value] = {}
        if len(runtimes) > 1:
            fields["runtime"] = Code(f"parametrize({', '.join(map(quote, runtimes))})")
        elif runtimes and len(self._pythons()) > 1:
            fields["runtime"] = runtimes[0]
        default = self._default_architecture()
        if len(architectures) > 1:
            fields["architecture"] = Code(f"parametrize({', '.join(map(quote, architectures))})")
        elif architectures and architectures[0] != default:
            fields["architecture"] = architectures[0]
        return fields

    def _pythons(self) -> list[int]:
        return sorted({each.python for each in self.functions if each.python is not None})

    def _default_architecture(self) -> str:
        used = {each.platform[1] for each in self.functions}
        return used.pop() if len(used) == 1 else "x86_64"

    def _share_requirements(self) -> None:
        """Give the functions of a template one layer if they share requirements."""
        groups: dict[tuple[str, int | None, str, str], list[_Function]] = defaultdict(list)
        for each in self.functions:
            if each.requirements and each.requirements.projects:
                groups[(each.declared.template, *each.platform, each.resolve)].append(each)
        for (template, python, architecture, _), functions in groups.items():
            counts = Counter(
                project
                for each in functions
                for project in each.requirements.projects  # type: ignore[union-attr]
                - {p for x in each.layers if x.requirements for p in x.requirements.projects}
            )
            wanted = any(each.wants_deps_layer for each in functions)
            shares = len(functions) > 1 and max(counts.values(), default=0) > 1
            if not (wanted or shares):
                continue
            folder = posixpath.dirname(template) or "."
            alike = [key for key in groups if key[0] == template]
            name = "deps" if len(alike) == 1 else f"deps-{python}-{architecture.replace('_', '-')}"
            taken = {each.name for each in self.build[folder]}
            name = _free_name(name, taken)
            fields: dict[str, Value] = {
                "name": name,
                "requirements_of": [each.address for each in functions],
            }
            # Layers that all of them attach contain a part of their requirements.
            below = [
                layer.address
                for layer in functions[0].layers
                if all(layer in each.layers for each in functions)
            ]
            if below:
                fields["layers"] = below
            self.build[folder].append(NewTarget("lambda_layer", fields))
            for each in functions:
                each.deps_layer = _address(folder, name)
            shared = ", ".join(sorted(p for p, count in counts.items() if count > 1))
            reason = f"Several functions require {shared}. " if shares else ""
            self.notes[template].append(
                f"{reason}The layer {_address(folder, name)} contains their requirements."
            )

    # Functions

    def _name_functions(self) -> None:
        in_folder: dict[str, list[_Function]] = defaultdict(list)
        codes = Counter(each.code for each in self.functions)
        for each in self.functions:
            # Functions that share a folder are declared next to their handlers.
            folder = each.code if codes[each.code] == 1 else posixpath.dirname(each.handler_file)
            in_folder[folder or "."].append(each)
        for folder, functions in in_folder.items():
            names: list[str] = []
            for each in functions:
                existing = self._existing_function(folder, each)
                name = "fn" if len(functions) == 1 else _function_name(each.declared.name)
                name = existing or _free_name(name, names)
                names.append(name)
                each.folder, each.name = folder, name

    def _existing_function(self, folder: str, function: _Function) -> str | None:
        handler = _handler_field(folder, function)
        for target in self._existing(folder):
            if target.alias == "lambda_function" and target.fields.get("handler") == handler:
                return target.name or posixpath.basename(folder)
        return None

    def _write_functions(self) -> None:
        for each in self.functions:
            folder = each.folder
            fields: dict[str, Value] = {"name": each.name, "handler": _handler_field(folder, each)}
            python = each.python
            fields |= self._platform_fields(
                [f"python3.{python}"] if python else [], [each.platform[1]]
            )
            layers = self._layer_addresses(each)
            if layers:
                fields["layers"] = layers
            data = self._data_target(each.code, folder)
            if data:
                fields["dependencies"] = [data]
            resolve = self._resolve_value([each.resolve])
            if resolve:
                fields["resolve"] = resolve
            environment = self._check_env(each)
            if environment:
                fields["check_env"] = environment
            self.build[folder].append(NewTarget("lambda_function", fields))

    def _layer_addresses(self, function: _Function) -> list[str]:
        addresses = [layer.address for layer in function.layers]
        addresses += [function.deps_layer] * bool(function.deps_layer)
        return list(dict.fromkeys([*addresses, *function.arns]))

    def _planned(self) -> PlannedTargets:
        """Return the values of targets whose artifacts have the default path.

        A parametrized layer has several artifacts. `lambda-migrate` finds the right one when the
        target exists.
        """
        layers = {
            _address(folder, str(target.fields["name"])): PackagedLayer(
                _address(folder, str(target.fields["name"])),
                self._output(folder, str(target.fields["name"])),
                str(target.fields["layer_name"]) if "layer_name" in target.fields else None,
            )
            for folder, targets in self.build.items()
            for target in targets
            if target.alias == "lambda_layer"
            and not any(isinstance(target.fields.get(x), Code) for x in ("runtime", "architecture"))
        }
        functions: dict[tuple[str, str], PackagedFunction] = {}
        for each in self.functions:
            attached = self._layer_addresses(each)
            if any(x not in layers and not x.startswith("arn:") for x in attached):
                continue
            packaged = PackagedFunction(
                address=each.address,
                output=self._output(each.folder, each.name),
                handler=DEFAULT_REEXPORT.dotted,
                runtime=f"python3.{each.python}" if each.python else None,
                architecture=each.platform[1],
                module="",
                function=each.handler_name,
                file=each.handler_file,
                layers=tuple(layers.get(x, x) for x in attached),
            )
            for declared in (each.declared, *each.twins):
                functions[declared.template, declared.name] = packaged
        replaced = {
            key: layers[layer.address]
            for key, layer in self.layers.items()
            if layer.address in layers
        }
        return PlannedTargets(functions, replaced)

    def _output(self, folder: str, name: str) -> str:
        """Return the default path of an artifact, from the root of the repository."""
        steps = [self.files.dist, *([] if folder == "." else [folder.replace("/", ".")])]
        return "/".join([*steps, f"{name}.zip"])

    def _check_env(self, function: _Function) -> dict[str, str]:
        known: dict[str, str] = {}
        unknown: list[str] = []
        for name, value in function.declared.environment.items():
            if _RESERVED.fullmatch(name):
                continue
            if value is None:
                unknown.append(name)
            else:
                known[name] = value
        if unknown:
            key = (function.declared.template, tuple(sorted(unknown)))
            self.unknown_variables[key].append(function.declared.name)
        return known

    # Data

    def _data_target(self, root: str, folder: str) -> str | None:
        """Add a target for the data files below a root, and return its address from `folder`."""
        paths = self._data_below(root)
        if not paths:
            return None
        address = f":{'data'}" if folder == root else _address(root, "data")
        if not any(each.fields.get("name") == "data" for each in self.build[root]):
            sources = _data_patterns(paths, root, self.files.below(root))
            self.build[root].append(NewTarget("resources", {"name": "data", "sources": sources}))
        return address

    def _data_below(self, root: str) -> list[str]:
        templates = {each.path for each in self.templates}
        inner = [
            each
            for each in (*self.roots, *(layer.content for layer in self.layers.values()))
            if each != root and (root == "." or each.startswith(f"{root}/"))
        ]
        return [
            path
            for path in self.files.below(root)
            if not path.endswith(_PYTHON_FILES)
            and path not in templates
            and not _TOOL_FILES.search(path)
            and not _TOOL_FOLDERS.search(posixpath.relpath(path, root))
            and not any(path.startswith(f"{each}/") for each in inner)
            and not (root == "." and "/" not in path)
            and not (root == "." and path.startswith((f"{THIRD_PARTY}/", "pants-plugins/")))
        ]

    # The result

    def _existing(self, folder: str) -> tuple[ExistingTarget, ...]:
        path = self._build_path(folder)
        text = self.files.texts.get(path)
        return (targets_in(text) or ()) if text else ()

    def _build_path(self, folder: str) -> str:
        for name in ("BUILD", "BUILD.pants"):
            path = posixpath.normpath(posixpath.join(folder, name))
            if path in self.files.texts:
                return path
        return posixpath.normpath(posixpath.join(folder, "BUILD"))

    def _changes(self) -> tuple[FileChange, ...]:
        changes = []
        for path, text in sorted(self.texts.items()):
            changes.append(FileChange(path, self.files.texts.get(path), text))
        for folder, targets in sorted(self.build.items()):
            path = self._build_path(folder)
            before = self.files.texts.get(path)
            existing = self._existing(folder)
            added = [each for each in targets if not _is_present(each, existing, folder)]
            if before is not None and targets_in(before) is None:
                text = "".join(f" {render_target(each)}" for each in targets)
                self._once(path, f"It is not valid Python, and is not changed. Add:{text}")
            elif added:
                changes.append(FileChange(path, before, add_targets(before, added)))
        for path, notes in self.notes.items():
            if notes:
                text = self.files.texts.get(path, "")
                changes.append(FileChange(path, text, text, tuple(dict.fromkeys(notes))))
        return tuple(changes)

    def _settings(self) -> PantsSettings | None:
        if not (self.functions or any(each.address for each in self.layers.values())):
            return None
        modules = Counter(
            posixpath.relpath(path, root)
            for root in self.roots
            for path in self._sources_below(root)
            if self._root_of(path) == root and not path.endswith("__init__.py")
        )
        architecture = self._default_architecture()
        return PantsSettings(
            source_roots=tuple(self.roots),
            folders=self._python_folders(),
            by_source_root=any(count > 1 for count in modules.values()),
            resolves=tuple(self.resolves),
            pythons_of_resolves=self._pythons_of_resolves(),
            pythons=tuple(self._pythons()),
            default_architecture=architecture if architecture != "x86_64" else None,
            merged_requirements=any(path.startswith(THIRD_PARTY) for path in self.texts),
        )

    def _pythons_of_resolves(self) -> Mapping[str, Pythons]:
        """Return the versions of each resolve, unless all resolves have the same."""
        differ = len(set(self.pythons_of_resolve.values())) > 1
        return self.pythons_of_resolve if differ else {}

    def _python_folders(self) -> frozenset[str]:
        """Return all folders that contain Python files, and the folders above them."""
        found: set[str] = set()
        for path in self.files.paths:
            folder = posixpath.dirname(path)
            while path.endswith(_PYTHON_FILES) and folder and folder not in found:
                found.add(folder)
                folder = posixpath.dirname(folder)
        return frozenset(found)

    def _note(self, declared: DeclaredFunction | DeclaredLayer, text: str) -> None:
        self.notes[declared.template].append(f"{declared.name} (line {declared.line}): {text}")

    def _once(self, path: str, text: str) -> None:
        if text not in self.notes[path]:
            self.notes[path].append(text)


def _reason_to_skip(declared: DeclaredFunction, runtime: str | None) -> str | None:
    if declared.code_kind == IMAGE:
        return "It is a container image, and not a zip."
    if declared.code_kind == INLINE:
        return "Its code is in the template. Move it into a file to package it."
    if declared.code_kind == S3:
        return "Its code is an object in S3, which is built elsewhere."
    if runtime is not None and not runtime.startswith("python"):
        return f"Its runtime is {runtime}, and not Python."
    if declared.code is None:
        return " ".join([*declared.unresolved, "The folder of its code is not known."])
    if declared.code.value.endswith((".zip", ".jar")):
        return f"Its code, {declared.code.value}, is built elsewhere."
    if declared.handler is None:
        return " ".join([*declared.unresolved, "Its handler is not known."])
    if declared.build_method in ("makefile", "esbuild") or declared.build_method.startswith("go"):
        return f"Its build method is {declared.build_method}."
    return None


def _same_artifact(one: _Function, other: _Function) -> bool:
    return (
        (one.code, one.handler_file, one.handler_name, one.platform)
        == (other.code, other.handler_file, other.handler_name, other.platform)
        and one.declared.template == other.declared.template
        and [each.value for each in one.declared.layers]
        == [each.value for each in other.declared.layers]
    )


def _describe_conflict(conflict: Conflict, name: str) -> str:
    return (
        f"`{conflict.second_requirement}` in {conflict.second} and `{conflict.first_requirement}` "
        f"in {conflict.first} exclude each other, and a resolve has one version of "
        f"{conflict.project}. The resolve {name} is added for {conflict.second}."
    )


def _handler_field(folder: str, function: _Function) -> str:
    file = posixpath.relpath(function.handler_file, folder)
    return f"{file}:{function.handler_name}"


def _address(folder: str, name: str) -> str:
    if folder == ".":
        return f"//:{name}"
    return folder if posixpath.basename(folder) == name else f"{folder}:{name}"


def _target_name(requirement: object) -> str:
    """Return the name that `python_requirements` gives a distribution's target."""
    name = getattr(requirement, "name", "")
    return str(name).lower().replace("_", "-").replace(".", "-")


def _kebab(text: str) -> str:
    return "-".join(each.lower() for each in _WORDS.findall(text))


def _function_name(logical_id: str) -> str:
    words = _WORDS.findall(logical_id)
    while len(words) > 1 and words[-1].lower() in ("function", "lambda", "fn"):
        words.pop()
    return "-".join(each.lower() for each in words) or "fn"


def _free_name(name: str, taken: Iterable[str | None]) -> str:
    names = set(taken)
    return next(each for each in _numbered(name) if each not in names)


def _numbered(name: str) -> Iterator[str]:
    yield name
    for number in range(2, 1000):
        yield f"{name}-{number}"


def _data_patterns(paths: Sequence[str], root: str, all_paths: Sequence[str]) -> list[str]:
    """Return globs for data files: names at the top, and whole folders without Python files."""
    with_python = {
        posixpath.relpath(path, root).partition("/")[0]
        for path in all_paths
        if path.endswith(_PYTHON_FILES) and "/" in posixpath.relpath(path, root)
    }
    patterns = []
    for path in paths:
        relative = posixpath.relpath(path, root)
        top, slash, _ = relative.partition("/")
        whole = bool(slash) and top not in with_python
        patterns.append(f"{top}/**/*" if whole else relative)
    return list(dict.fromkeys(patterns))


def _is_present(target: NewTarget, existing: Sequence[ExistingTarget], folder: str) -> bool:
    """Return whether a BUILD file already has a target that does the same."""
    default = posixpath.basename(folder) if folder != "." else None
    for each in existing:
        if target.alias == "python_sources" == each.alias and "sources" not in each.others:
            return True
        if (target.alias, target.name or default) == (each.alias, each.name or default):
            return True
        if target.alias == "lambda_function" == each.alias and (
            target.fields["handler"] == each.fields.get("handler")
        ):
            return True
        if target.alias == "python_requirements" == each.alias and (
            target.fields.get("source", "requirements.txt")
            == each.fields.get("source", "requirements.txt")
        ):
            return True
    return False

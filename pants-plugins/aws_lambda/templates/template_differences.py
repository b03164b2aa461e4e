"""Compares a deployment template with the artifacts of its functions."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from typing import Any

from aws_lambda.templates.declared_functions import (
    ASSET,
    LAMBDA_FUNCTION,
    SAM_FUNCTION,
    SERVERLESS_FUNCTION,
    DeclaredFunction,
    Literal,
    Template,
)
from aws_lambda.templates.function_matches import (
    FunctionMatch,
    path_from_template,
    unresolved_property,
)
from aws_lambda.templates.packaged_functions import (
    PackagedFunction,
    PackagedTargets,
)
from aws_lambda.templates.template_layers import NewLayer, TemplateLayers, match_layers

_DEFAULT_ARCHITECTURE = "x86_64"
_NOT_SET = "not set"


@dataclass(frozen=True)
class Property:
    """A property of a function or layer in a template.

    `keys` is its path below the entry of the function. A new property follows the first property of
    `after` that the template has.
    """

    label: str
    keys: tuple[str, ...]
    after: tuple[str, ...] = ()


@dataclass(frozen=True)
class FunctionProperties:
    """The properties of one kind of function, and the key of a template that contains them."""

    section: str
    code: Property
    handler: Property
    runtime: Property
    architecture: Property
    layers: Property
    architecture_is_list: bool = True


_OF_RESOURCES = FunctionProperties(
    "Resources",
    Property("CodeUri", ("Properties", "CodeUri")),
    Property("Handler", ("Properties", "Handler"), ("CodeUri", "Code")),
    Property("Runtime", ("Properties", "Runtime"), ("Handler", "CodeUri", "Code")),
    Property("Architectures", ("Properties", "Architectures"), ("Runtime", "Handler")),
    Property("Layers", ("Properties", "Layers"), ("Architectures", "Runtime", "Handler")),
)
_PROPERTIES: Mapping[str, FunctionProperties] = {
    SAM_FUNCTION: _OF_RESOURCES,
    LAMBDA_FUNCTION: replace(_OF_RESOURCES, code=Property("Code", ("Properties", "Code"))),
    SERVERLESS_FUNCTION: FunctionProperties(
        "functions",
        Property("artifact", ("package", "artifact"), ("handler",)),
        Property("handler", ("handler",)),
        Property("runtime", ("runtime",), ("handler",)),
        Property("architecture", ("architecture",), ("runtime", "handler")),
        Property("layers", ("layers",), ("architecture", "runtime", "handler")),
        architecture_is_list=False,
    ),
}
_SKIP_BUILD = Property("SkipBuild", ("Metadata", "SkipBuild"), ("BuildMethod",))

_CONTENT: Mapping[str, Property] = {
    SAM_FUNCTION: Property("ContentUri", ("Properties", "ContentUri")),
    LAMBDA_FUNCTION: Property("Content", ("Properties", "Content")),
    SERVERLESS_FUNCTION: Property("artifact", ("package", "artifact")),
}
_LAYER_TYPES: Mapping[str, str] = {
    SAM_FUNCTION: "AWS::Serverless::LayerVersion",
    LAMBDA_FUNCTION: "AWS::Lambda::LayerVersion",
}


@dataclass(frozen=True)
class Difference:
    """A property of a function or layer that does not agree with an artifact.

    `name` is the logical ID, and `line` the line to change. `found` and `needed` are texts for
    users. `keys` is the path of the property from the root of the template, and `value` the
    value that it must have, as JSON. `addresses` are the targets of the functions concerned. A
    reference to a layer is `{"Ref": "LogicalId"}`. A new property follows the first property of
    `after` that the template has. `is_editable` is false if the template is generated.

    For a list, `replaceable` are the items that an edit may remove or move, or None for all, while
    the others stay. `inherited` is the path of a list that AWS SAM puts before this one.
    """

    template: str
    line: int
    name: str
    label: str
    found: str
    needed: str
    keys: tuple[str, ...]
    value: Any = field(hash=False)
    addresses: tuple[str, ...]
    after: tuple[str, ...] = ()
    replaceable: tuple[Any, ...] | None = field(default=None, hash=False)
    inherited: tuple[str, ...] = ()
    is_editable: bool = True


@dataclass(frozen=True)
class TemplateComparison:
    """The result for one template.

    `agreeing` are the functions without a difference, and `others` are those of no target.
    `doubts` are functions that have errors which prevent a comparison. `notes` are values that the
    template does not contain. Both contain the line, the name and a sentence.
    """

    path: str
    differences: tuple[Difference, ...] = ()
    doubts: tuple[tuple[int, str, str], ...] = ()
    notes: tuple[tuple[int, str, str], ...] = ()
    agreeing: tuple[PackagedFunction, ...] = ()
    others: tuple[str, ...] = ()


def select_functions(comparison: TemplateComparison, addresses: Set[str]) -> TemplateComparison:
    """Keep the differences that concern the functions of these targets."""
    return replace(
        comparison,
        differences=tuple(
            each for each in comparison.differences if not addresses.isdisjoint(each.addresses)
        ),
        doubts=(),
        notes=(),
        agreeing=tuple(each for each in comparison.agreeing if each.address in addresses),
        others=(),
    )


def compare_template(
    template: Template,
    matches: Sequence[FunctionMatch],
    targets: PackagedTargets,
    layer_addresses: Mapping[str, str],
) -> TemplateComparison:
    """Compare the functions and layers of a template with their artifacts.

    `layer_addresses` maps logical IDs of layers to the targets that replace them, if they are
    known.
    """
    layers = match_layers(template, matches, targets, layer_addresses)
    kind = next((match.declared.kind for match in matches if match.packaged), SAM_FUNCTION)
    packaged = [match.packaged for match in matches if match.packaged]
    differences = [
        *_compare_layers(template, layers, kind, packaged),
        *(_missing_layer(each) for each in layers.new),
    ]
    doubts: list[tuple[int, str, str]] = []
    notes: list[tuple[int, str, str]] = []
    agreeing: list[PackagedFunction] = []
    others: list[str] = []
    for match in matches:
        declared = match.declared
        if match.packaged:
            found = [*_compare_function(declared, match.packaged, layers)]
            unknown = [*_unknown_properties(declared)]
            differences.extend(found)
            notes.extend((declared.line, declared.name, each) for each in unknown)
            if not found:
                agreeing.append(match.packaged)
        elif match.doubt:
            kept = doubts if match.is_error else notes
            kept.append((declared.line, declared.name, match.doubt))
        else:
            others.append(declared.name)
    return TemplateComparison(
        template.path,
        tuple(sorted(differences, key=lambda each: each.line)),
        tuple(doubts),
        tuple(notes),
        tuple(agreeing),
        tuple(others),
    )


def _compare_function(
    declared: DeclaredFunction, packaged: PackagedFunction, layers: TemplateLayers
) -> Iterator[Difference]:
    properties = _PROPERTIES[declared.kind]
    path = path_from_template(declared.template, packaged.output)
    code = None if _is_whole_service(declared) else declared.code
    if code is None or posixpath.normpath(code.value) != path:
        yield _difference(declared, packaged, properties.code, code, path)
    yield from _compare_skip_build(declared, packaged)
    if _differs(declared, properties.handler, declared.handler, packaged.handler):
        yield _difference(
            declared, packaged, properties.handler, declared.handler, packaged.handler
        )
    runtime = packaged.runtime
    if runtime and _differs(declared, properties.runtime, declared.runtime, runtime):
        yield _difference(declared, packaged, properties.runtime, declared.runtime, runtime)
    architecture, found = packaged.architecture, declared.architecture
    is_default = found is None and architecture == _DEFAULT_ARCHITECTURE
    if (
        architecture
        and not is_default
        and _differs(declared, properties.architecture, found, architecture)
    ):
        yield _difference(
            declared,
            packaged,
            properties.architecture,
            found,
            architecture,
            [architecture] if properties.architecture_is_list else architecture,
        )
    if not layers.agree(declared, packaged):
        yield _layers_difference(declared, packaged, layers)


def _is_whole_service(declared: DeclaredFunction) -> bool:
    """Whether a function of serverless.yml has no code of its own, so that its zip contains all."""
    code = declared.code
    return declared.kind == SERVERLESS_FUNCTION and code is not None and code.line == declared.line


def _differs(
    declared: DeclaredFunction, what: Property, found: Literal | None, needed: str
) -> bool:
    """Whether a property has another value. A value that the template does not contain may be the
    right one.
    """
    if found is None:
        return not unresolved_property(declared, what.label)
    return found.value != needed


def _difference(
    declared: DeclaredFunction,
    packaged: PackagedFunction,
    what: Property,
    found: Literal | None,
    needed: str,
    value: Any = None,
) -> Difference:
    return Difference(
        declared.template,
        found.line if found else declared.line,
        declared.name,
        what.label,
        found.value if found else _NOT_SET,
        needed,
        (_PROPERTIES[declared.kind].section, declared.name, *what.keys),
        needed if value is None else value,
        (packaged.address,),
        what.after,
        is_editable=declared.code_kind != ASSET,
    )


def _compare_skip_build(
    declared: DeclaredFunction, packaged: PackagedFunction
) -> Iterator[Difference]:
    """`sam build` copies zips as they are, but builds folders (aws-sam-cli 1.170.0)."""
    is_zip = packaged.output.endswith(".zip")
    if declared.kind == SAM_FUNCTION and not is_zip and not declared.skip_build:
        yield _difference(declared, packaged, _SKIP_BUILD, None, "true", True)


def _layers_difference(
    declared: DeclaredFunction, packaged: PackagedFunction, layers: TemplateLayers
) -> Difference:
    references = [_reference(layers.name(each), declared.kind) for each in packaged.layers]
    names = ", ".join(layers.name(each) for each in packaged.layers) or "no layer"
    found = None
    if declared.layers:
        values = ", ".join(each.value for each in declared.layers)
        found = Literal(values, declared.layers[0].line)
    own = [_reference(each.value, declared.kind) for each in declared.layers if not _is_arn(each)]
    difference = _difference(
        declared, packaged, _PROPERTIES[declared.kind].layers, found, names, references
    )
    inherited = ("Globals", "Function", "Layers") if declared.kind == SAM_FUNCTION else ()
    return replace(difference, replaceable=(*references, *own), inherited=inherited)


def _is_arn(layer: Literal) -> bool:
    return layer.value.startswith("arn:")


def _reference(name: str, kind: str) -> Any:
    """The value of an entry of `Layers`: a reference to a logical ID, or an ARN."""
    if name.startswith("arn:"):
        return name
    return {"Ref": serverless_layer_id(name) if kind == SERVERLESS_FUNCTION else name}


def serverless_layer_id(name: str) -> str:
    """The logical ID that the Serverless Framework gives a layer (3.40.0, `lib/naming.js`)."""
    if name.endswith("LambdaLayer"):
        # The layer of serverless-python-requirements has no entry in `layers`.
        return name
    text = name.replace("-", "Dash").replace("_", "Underscore")
    return f"{text[:1].upper()}{text[1:]}LambdaLayer"


def _compare_layers(
    template: Template, layers: TemplateLayers, kind: str, functions: Sequence[PackagedFunction]
) -> Iterator[Difference]:
    for declared in template.layers:
        layer = layers.known.get(declared.name)
        if layer is None:
            continue
        users = tuple(each.address for each in functions if layer in each.layers)
        path = path_from_template(template.path, layer.output)
        found = declared.content
        difference = Difference(
            declared.template,
            found.line if found else declared.line,
            declared.name,
            _CONTENT[kind].label,
            found.value if found else _NOT_SET,
            path,
            (_layer_section(kind), declared.name, *_CONTENT[kind].keys),
            path,
            users,
            is_editable=declared.code_kind != ASSET,
        )
        if found is None or posixpath.normpath(found.value) != path:
            yield difference
        is_built = bool(declared.build_method) and not declared.skip_build
        if is_built and not layer.output.endswith(".zip"):
            yield replace(
                difference,
                line=declared.line,
                label=_SKIP_BUILD.label,
                found=_NOT_SET,
                needed="true",
                keys=(_layer_section(kind), declared.name, *_SKIP_BUILD.keys),
                value=True,
                after=_SKIP_BUILD.after,
            )


def _missing_layer(new: NewLayer) -> Difference:
    declared, kind = new.declared, new.declared.kind
    path = path_from_template(declared.template, new.layer.output)
    return Difference(
        declared.template,
        declared.line,
        new.name,
        _CONTENT[kind].label,
        "no such layer",
        path,
        (_layer_section(kind), new.name),
        _layer_entry(new, path),
        (new.packaged.address,),
        is_editable=declared.code_kind != ASSET,
    )


def _layer_entry(new: NewLayer, path: str) -> Any:
    runtimes = [new.packaged.runtime] if new.packaged.runtime else []
    architectures = [new.packaged.architecture] if new.packaged.architecture else []
    name = new.layer.layer_name
    if new.declared.kind == SERVERLESS_FUNCTION:
        values = {
            "name": name,
            "package": {"artifact": path},
            "compatibleRuntimes": runtimes,
            "compatibleArchitectures": architectures,
        }
        return {key: value for key, value in values.items() if value}
    properties = {
        "LayerName": name,
        _CONTENT[new.declared.kind].label: path,
        "CompatibleRuntimes": runtimes,
        "CompatibleArchitectures": architectures,
    }
    return {
        "Type": _LAYER_TYPES[new.declared.kind],
        "Properties": {key: value for key, value in properties.items() if value},
    }


def _layer_section(kind: str) -> str:
    return "layers" if kind == SERVERLESS_FUNCTION else "Resources"


def _unknown_properties(declared: DeclaredFunction) -> Iterator[str]:
    """Sentences about properties that cannot be compared. `Layers` may contain foreign ARNs."""
    properties = _PROPERTIES[declared.kind]
    for each in (properties.handler, properties.runtime, properties.architecture):
        sentence = unresolved_property(declared, each.label)
        if sentence:
            yield sentence

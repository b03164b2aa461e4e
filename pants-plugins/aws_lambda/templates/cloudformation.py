"""Reads the functions and layers of a CloudFormation or SAM template from its nodes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from aws_lambda.templates.declared_functions import (
    ASSET,
    IMAGE,
    INLINE,
    LAMBDA_FUNCTION,
    PATH,
    S3,
    SAM_FUNCTION,
    UNKNOWN,
    DeclaredFunction,
    DeclaredLayer,
    Literal,
    Template,
)
from aws_lambda.templates.documents import Entry, ListNode, MappingNode, Node, ScalarNode
from aws_lambda.templates.references import References, Unknown, intrinsic, is_no_value
from aws_lambda.templates.sam_globals import apply_globals

SAM_LAYER = "AWS::Serverless::LayerVersion"
LAMBDA_LAYER = "AWS::Lambda::LayerVersion"
_LAYERS = (SAM_LAYER, LAMBDA_LAYER)
_FUNCTIONS = (SAM_FUNCTION, LAMBDA_FUNCTION)
# The metadata of a resource in a template of CDK: its asset, a path in the cloud assembly.
_ASSET_PATH = "aws:asset:path"


def is_cloudformation(document: Node) -> bool:
    """Return whether a document has the form of a CloudFormation template."""
    return isinstance(document, MappingNode) and isinstance(document.get("Resources"), MappingNode)


def read_cloudformation(path: str, document: MappingNode) -> Template:
    """Return the functions and layers of a template. `path` is its path in the repository."""
    resources = document.mapping("Resources")
    types = {each.key: resources.text(each.key, "Type") or "" for each in resources}
    references = References(
        document.mapping("Parameters"), document.mapping("Mappings"), types, _LAYERS
    )
    functions, layers, unresolved = [], [], []
    for entry in resources:
        if not isinstance(entry.value, MappingNode):
            unresolved.append(
                f"`{entry.key}` on line {entry.line} makes resources when AWS deploys the template."
                if entry.key.startswith("Fn::")
                else f"`{entry.key}` on line {entry.line} is not a resource."
            )
            continue
        kind = types[entry.key]
        if kind in _FUNCTIONS:
            functions.append(_ResourceReader(path, document, references, entry).function())
        elif kind in _LAYERS:
            layers.append(_ResourceReader(path, document, references, entry).layer())
    return Template(path, tuple(functions), tuple(layers), tuple(unresolved))


@dataclass
class _ResourceReader:
    """Reads one resource, and collects the values that the template does not contain."""

    path: str
    document: MappingNode
    references: References
    entry: Entry
    unresolved: list[str] = field(default_factory=list)

    @property
    def resource(self) -> MappingNode:
        assert isinstance(self.entry.value, MappingNode)
        return self.entry.value

    @property
    def kind(self) -> str:
        return self.resource.text("Type") or ""

    def function(self) -> DeclaredFunction:
        properties = self.resource.mapping("Properties")
        if self.kind == SAM_FUNCTION:
            properties = apply_globals(self.document, self.resource, "Function")
            code, code_kind = self._sam_code(properties)
        else:
            code, code_kind = self._code(properties, "Code")
        architectures = self._texts(properties, "Architectures")
        return DeclaredFunction(
            template=self.path,
            name=self.entry.key,
            line=self.entry.line,
            kind=self.kind,
            code=code,
            code_kind=code_kind,
            handler=self._text(properties, "Handler"),
            runtime=self._text(properties, "Runtime"),
            architecture=architectures[0] if architectures else None,
            layers=self._texts(properties, "Layers"),
            environment=self._environment(properties),
            unresolved=tuple(self.unresolved),
            build_method=self._build_method(),
            skip_build=self._skip_build(),
        )

    def layer(self) -> DeclaredLayer:
        properties = self.resource.mapping("Properties")
        name = "ContentUri" if self.kind == SAM_LAYER else "Content"
        content, code_kind = self._code(properties, name)
        return DeclaredLayer(
            template=self.path,
            name=self.entry.key,
            line=self.entry.line,
            content=content,
            code_kind=code_kind,
            layer_name=self._text(properties, "LayerName"),
            runtimes=self._texts(properties, "CompatibleRuntimes"),
            architectures=self._texts(properties, "CompatibleArchitectures"),
            unresolved=tuple(self.unresolved),
            build_method=self._build_method(),
            skip_build=self._skip_build(),
        )

    def _build_method(self) -> str:
        return self.resource.text("Metadata", "BuildMethod") or ""

    def _skip_build(self) -> bool:
        return (self.resource.text("Metadata", "SkipBuild") or "").lower() == "true"

    def _sam_code(self, properties: MappingNode) -> tuple[Literal | None, str]:
        if not is_no_value(properties.get("InlineCode")):
            return None, INLINE
        if properties.text("PackageType") == "Image" or properties.get("ImageUri") is not None:
            return None, IMAGE
        return self._code(properties, "CodeUri")

    def _code(self, properties: MappingNode, name: str) -> tuple[Literal | None, str]:
        """Return the path of the code and the kind of code."""
        asset = self.resource.get("Metadata", _ASSET_PATH)
        if isinstance(asset, ScalarNode) and properties.text("PackageType") != "Image":
            return Literal(asset.text, asset.line), ASSET
        node = properties.get(name)
        if properties.text("PackageType") == "Image":
            return None, IMAGE
        if isinstance(node, MappingNode) and not intrinsic(node):
            keys = {each.key for each in node}
            if "ZipFile" in keys:
                return None, INLINE
            if "ImageUri" in keys:
                return None, IMAGE
            return None, S3 if keys & {"S3Bucket", "Bucket"} else UNKNOWN
        code = self._text(properties, name)
        if code is None:
            return None, UNKNOWN
        return (None, S3) if code.value.startswith(("s3://", "https://")) else (code, PATH)

    def _text(self, properties: MappingNode, name: str) -> Literal | None:
        node = properties.get(name)
        if node is None or is_no_value(node):
            return None
        return next(iter(self._known(name, [self.references.resolve(node)])), None)

    def _texts(self, properties: MappingNode, name: str) -> tuple[Literal, ...]:
        node = properties.get(name)
        if node is None or is_no_value(node):
            return ()
        if isinstance(node, ScalarNode):
            node = ListNode((node,), node.line)
        return self._known(name, self.references.resolve_items(node))

    def _known(self, name: str, values: Iterable[Literal | Unknown]) -> tuple[Literal, ...]:
        """Return the known values, and collect the others."""
        known = []
        for value in values:
            if isinstance(value, Literal):
                known.append(value)
            else:
                self.unresolved.append(
                    f"The template does not contain the value of `{name}` on line {value.line}: it "
                    f"is {value.reason}."
                )
        return tuple(known)

    def _environment(self, properties: MappingNode) -> dict[str, str | None]:
        """Return the variables. AWS gets every value as a text."""
        node = properties.get("Environment", "Variables")
        if node is None or is_no_value(node):
            return {}
        if not isinstance(node, MappingNode) or intrinsic(node):
            self.unresolved.append(
                f"`Environment` on line {node.line} contains variables that the template does not "
                "list."
            )
            return {}
        resolved = {each.key: self.references.resolve(each.value) for each in node}
        return {
            name: value.value if isinstance(value, Literal) else None
            for name, value in resolved.items()
        }

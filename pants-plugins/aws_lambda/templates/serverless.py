"""Reads the functions and layers of `serverless.yml`, the file of the Serverless Framework.

Variables have the values that the file contains: `${self:...}`, and the default of any other. What
other files, environment variables and options of the command line contain is not known.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from aws_lambda.templates.declared_functions import (
    IMAGE,
    PATH,
    SERVERLESS_FUNCTION,
    UNKNOWN,
    DeclaredFunction,
    DeclaredLayer,
    Literal,
    Template,
)
from aws_lambda.templates.documents import Entry, ListNode, MappingNode, Node, ScalarNode
from aws_lambda.templates.references import intrinsic

# The logical ID of the layer that serverless-python-requirements makes with `layer: true`.
REQUIREMENTS_LAYER = "PythonRequirementsLambdaLayer"
_INNERMOST = re.compile(r"\$\{([^${}]*)\}")
_SUFFIX_OF_LAYERS = "LambdaLayer"
_MAX_REPLACEMENTS = 100


def is_serverless(document: Node) -> bool:
    """Return whether a document has the form of serverless.yml."""
    return (
        isinstance(document, MappingNode)
        and document.get("provider") is not None
        and (document.get("functions") is not None or document.get("service") is not None)
    )


def read_serverless(path: str, document: MappingNode) -> Template:
    """Return the functions and layers of a service. `path` is its path in the repository."""
    return _ServiceReader(path, document).template()


class _UnknownVariable(Exception):
    """A variable whose value the file does not contain."""


@dataclass
class _ServiceReader:
    path: str
    document: MappingNode
    unresolved: list[str] = field(default_factory=list)

    def template(self) -> Template:
        functions = tuple(self._functions())
        layers = tuple(self._layer(each) for each in self._mapping(self.document, "layers"))
        return Template(self.path, functions, layers, tuple(self.unresolved))

    def _functions(self) -> Iterable[DeclaredFunction]:
        node = self._known(self.document.get("functions"), "functions", self.unresolved)
        provider = self._text(self.document, "provider", "name") or self._text(
            self.document, "provider"
        )
        if provider and provider.value != "aws":
            self.unresolved.append(f"The provider is {provider.value}, and not aws.")
            return
        parts = node.items if isinstance(node, ListNode) else [node]
        for part in parts:
            known = self._known(part, "functions", self.unresolved)
            if not isinstance(known, MappingNode):
                continue
            for entry in known:
                function = self._known(entry.value, entry.key, self.unresolved)
                if isinstance(function, MappingNode):
                    yield self._function(entry, function)

    def _function(self, entry: Entry, function: MappingNode) -> DeclaredFunction:
        provider = self._mapping(self.document, "provider")
        unresolved: list[str] = []
        layers = function.get("layers") or provider.get("layers")
        artifact = self._text(function, "package", "artifact", unresolved=unresolved)
        code, code_kind = artifact, PATH
        if function.get("image") is not None:
            code, code_kind = None, IMAGE
        elif code is None:
            code = self._text(function, "module", unresolved=unresolved)
            code = code or Literal(".", entry.line)
        return DeclaredFunction(
            template=self.path,
            name=entry.key,
            line=entry.line,
            kind=SERVERLESS_FUNCTION,
            code=code,
            code_kind=code_kind,
            handler=self._text(function, "handler", unresolved=unresolved),
            runtime=self._inherited(function, "runtime", unresolved),
            architecture=self._inherited(function, "architecture", unresolved),
            layers=tuple(self._layers_of(layers, unresolved)),
            environment={
                **self._environment(provider, unresolved),
                **self._environment(function, unresolved),
            },
            unresolved=tuple(unresolved),
            patterns=(*self._patterns(self.document), *self._patterns(function)),
        )

    def _inherited(self, function: MappingNode, name: str, unresolved: list[str]) -> Literal | None:
        if function.get(name) is not None:
            return self._text(function, name, unresolved=unresolved)
        return self._text(self.document, "provider", name, unresolved=unresolved)

    def _layers_of(self, node: Node | None, unresolved: list[str]) -> Iterable[Literal]:
        known = self._known(node, "layers", unresolved)
        names = {_logical_id(each.key): each.key for each in self._mapping(self.document, "layers")}
        for item in known.items if isinstance(known, ListNode) else ():
            if intrinsic(item) == "Ref" and isinstance(item, MappingNode):
                name = item.text("Ref") or ""
                if name in names or name == REQUIREMENTS_LAYER:
                    yield Literal(names.get(name, name), item.line)
                    continue
            text = self._known(item, "layers", unresolved)
            if isinstance(text, ScalarNode):
                yield Literal(text.text, item.line)
            elif text is not None:
                unresolved.append(_unknown("layers", item.line, f"`{intrinsic(item)}`"))

    def _layer(self, entry: Entry) -> DeclaredLayer:
        unresolved: list[str] = []
        layer = self._known(entry.value, entry.key, unresolved)
        if not isinstance(layer, MappingNode):
            layer = MappingNode((), entry.line)
        content = self._text(layer, "package", "artifact", unresolved=unresolved)
        content = content or self._text(layer, "path", unresolved=unresolved)
        return DeclaredLayer(
            template=self.path,
            name=entry.key,
            line=entry.line,
            content=content,
            code_kind=PATH if content else UNKNOWN,
            layer_name=self._text(layer, "name", unresolved=unresolved),
            runtimes=self._texts(layer, "compatibleRuntimes", unresolved),
            architectures=self._texts(layer, "compatibleArchitectures", unresolved),
            unresolved=tuple(unresolved),
        )

    def _environment(self, node: MappingNode, unresolved: list[str]) -> dict[str, str | None]:
        variables = self._known(node.get("environment"), "environment", unresolved)
        if not isinstance(variables, MappingNode):
            return {}
        values: dict[str, str | None] = {}
        for each in variables:
            value = self._known(each.value, each.key, [])
            values[each.key] = value.text if isinstance(value, ScalarNode) else None
        return values

    def _patterns(self, node: MappingNode) -> tuple[str, ...]:
        return tuple(each.value for each in self._texts(node.mapping("package"), "patterns", []))

    # Values

    def _mapping(self, node: MappingNode, *keys: str) -> MappingNode:
        known = self._known(node.get(*keys), keys[-1], self.unresolved)
        return known if isinstance(known, MappingNode) else MappingNode((), node.line)

    def _text(
        self, node: MappingNode, *keys: str, unresolved: list[str] | None = None
    ) -> Literal | None:
        value = node.get(*keys)
        known = self._known(value, keys[-1], self.unresolved if unresolved is None else unresolved)
        if isinstance(known, ScalarNode) and known.kind != "null" and value is not None:
            return Literal(known.text, value.line)
        return None

    def _texts(self, node: MappingNode, name: str, unresolved: list[str]) -> tuple[Literal, ...]:
        known = self._known(node.get(name), name, unresolved)
        items = known.items if isinstance(known, ListNode) else ()
        texts = (self._known(each, name, unresolved) for each in items)
        return tuple(
            Literal(each.text, each.line) for each in texts if isinstance(each, ScalarNode)
        )

    def _known(self, node: Node | None, name: str, unresolved: list[str]) -> Node | None:
        """Return a node with the values of its variables, or None if one is not known."""
        if not isinstance(node, ScalarNode) or "${" not in node.text:
            return node
        try:
            return self._replaced(node)
        except _UnknownVariable as error:
            message = _unknown(name, node.line, f"`{error}`")
            if message not in unresolved:
                unresolved.append(message)
            return None

    def _replaced(self, node: ScalarNode) -> Node:
        text = node.text
        for _ in range(_MAX_REPLACEMENTS):
            match = _INNERMOST.search(text)
            if match is None:
                return ScalarNode(text, node.line, node.kind)
            value = self._variable(match[1], match[0])
            if not isinstance(value, ScalarNode):
                if match.span() == (0, len(text)):
                    return value
                raise _UnknownVariable(match[0])
            text = f"{text[: match.start()]}{value.text}{text[match.end() :]}"
        raise _UnknownVariable(node.text)

    def _variable(self, content: str, whole: str) -> Node:
        """Return the value of a variable: of its first source that the file contains."""
        for source in (each.strip() for each in content.split(",")):
            if len(source) > 1 and source[0] == source[-1] and source[0] in "'\"":
                return ScalarNode(source[1:-1], 0)
            if re.fullmatch(r"true|false|\d+", source):
                return ScalarNode(source, 0)
            if source == "sls:stage":
                return self.document.get("provider", "stage") or ScalarNode("dev", 0)
            if source.startswith("self:"):
                value = self.document.get(*source[len("self:") :].split("."))
                if source == "self:service" and isinstance(value, MappingNode):
                    value = value.get("name")
                if value is not None:
                    return value
        raise _UnknownVariable(whole)


def _unknown(name: str, line: int, reason: str) -> str:
    return f"The file does not contain the value of `{name}` on line {line}: it is {reason}."


def _logical_id(key: str) -> str:
    """Return the logical ID that the Serverless Framework gives a layer."""
    words = key.replace("-", "Dash").replace("_", "Underscore")
    return f"{words[:1].upper()}{words[1:]}{_SUFFIX_OF_LAYERS}"

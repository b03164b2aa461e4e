"""Translates one BUILD file: names of targets, and fields that the backends do not share."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping, Sequence

from aws_lambda.migrate.declared_targets import (
    OLD_NAME,
    OLD_NAMES,
    DeclaredTarget,
    Kind,
    choose_layers,
    full_address,
    strings_in,
)
from aws_lambda.migrate.file_changes import FileChange
from aws_lambda.migrate.file_edits import FileEdits
from aws_lambda.migrate.pex_arguments import translate_arguments
from aws_lambda.migrate.source_text import Edit, SourceText, Span
from aws_lambda.migrate.target_fields import FieldGroup, FieldValue

# Fields of both backends with one meaning.
_SAME = {
    "_extend_synthetic",
    "architecture",
    "dependencies",
    "description",
    "environment",
    "handler",
    "include_requirements",
    "include_sources",
    "name",
    "output_path",
    "resolve",
    "runtime",
    "tags",
}
_PEX_FIELDS = ("pex_build_extra_args", "pex3_venv_create_extra_args")
# Runtimes that Pants' own backend knows and Lambda no longer has.
_GONE = {"python3.6", "python3.7", "python3.8"}
_DEPENDENCY_RULES = ("__dependencies_rules__", "__dependents_rules__")


class FileTranslator:
    """Translates one file. It knows the targets of all files."""

    def __init__(
        self,
        source: SourceText,
        own: Sequence[DeclaredTarget],
        targets: Sequence[DeclaredTarget],
        redefined: Collection[str],
    ) -> None:
        self._source = source
        self._own = own
        self._targets = targets
        self._redefined = redefined
        self._done = FileEdits(source)
        self._translated: list[tuple[Span, ...]] = []
        self._statements = {
            id(inner): statement
            for statement in ast.walk(source.tree)
            if isinstance(statement, ast.stmt)
            for inner in _within(statement)
        }
        self._functions = {
            each.address for each in targets if each.kind is Kind.FUNCTION and each.name
        }
        self._layers = {each.address for each in targets if each.kind is Kind.LAYER and each.name}

    def translate(self, path: str) -> FileChange:
        self._rename()
        for target in self._own:
            kind = OLD_NAMES.get(target.alias)
            if kind and target.alias not in self._redefined:
                self._translate_fields(
                    self._fields_of(target.call, frozenset({kind}), target.label, target)
                )
            elif target.alias == "__defaults__":
                self._translate_defaults(target.call)
        return self._done.finish(path)

    def _rename(self) -> None:
        """Replace the names of targets, wherever they are."""
        for node in ast.walk(self._source.tree):
            if isinstance(node, ast.Name) and node.id in OLD_NAMES:
                if node.id in self._redefined:
                    self._done.note(
                        FieldGroup((), (), frozenset(), f"`{node.id}`", self._place(node)),
                        f"A macro of this repository defines `{node.id}`. Rename it by hand.",
                    )
                    continue
                span = self._source.span(node)
                if self._source.at(span) == node.id:
                    new = OLD_NAMES[node.id].value
                    self._done.edits.append(Edit(span.start, span.end, new))
            elif (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in _DEPENDENCY_RULES
            ):
                for argument in node.args:
                    for string in strings_in(argument):
                        self._rename_in(string.node)

    def _rename_in(self, string: ast.Constant) -> None:
        span = self._source.span(string)
        old = self._source.at(span)
        new = OLD_NAME.sub(lambda match: OLD_NAMES[match[0]].value, old)
        if new != old:
            self._done.edits.append(Edit(span.start, span.end, new))

    def _place(self, node: ast.expr) -> int:
        statement = self._statements.get(id(node))
        return self._source.span(statement or node).start

    def _fields_of(
        self,
        call: ast.Call,
        kinds: frozenset[Kind],
        label: str,
        target: DeclaredTarget | None = None,
    ) -> FieldGroup:
        source = self._source
        keywords = tuple(
            FieldValue(each.arg or "", each.value, source.span(each), in_dict=False)
            for each in call.keywords
        )
        items = tuple(
            sorted(
                (*map(source.span, call.args), *(each.span for each in keywords)),
                key=lambda each: each.start,
            )
        )
        return FieldGroup(keywords, items, kinds, label, self._place(call), target)

    def _entries_of(self, node: ast.Dict, kinds: frozenset[Kind], label: str) -> FieldGroup:
        source = self._source
        entries = []
        for key, value in zip(node.keys, node.values):
            at = source.span(value)
            if key is None:
                entries.append(FieldValue("", value, at, in_dict=True))
            elif isinstance(key, ast.Constant) and isinstance(key.value, str):
                entries.append(
                    FieldValue(key.value, value, Span(source.span(key).start, at.end), in_dict=True)
                )
        items = tuple(each.span for each in entries)
        return FieldGroup(tuple(entries), items, kinds, label, self._place(node))

    def _translate_defaults(self, call: ast.Call) -> None:
        """Translate `__defaults__({python_aws_lambda_function: dict(...)})`."""
        for argument in call.args:
            if not isinstance(argument, ast.Dict):
                continue
            for key, value in zip(argument.keys, argument.values):
                keys = key.elts if isinstance(key, ast.Tuple) else [key]
                names = [
                    each.id if isinstance(each, ast.Name) else getattr(each, "value", "")
                    for each in keys
                ]
                kinds = frozenset(OLD_NAMES[each] for each in names if each in OLD_NAMES)
                if not kinds:
                    continue
                for each in keys:
                    if isinstance(each, ast.Constant):
                        self._rename_in(each)
                fields = self._nested(value, kinds, "`__defaults__`")
                if fields is None:
                    place = FieldGroup((), (), kinds, "`__defaults__`", self._place(call))
                    self._explain_hidden(place, value)
                    continue
                self._translate_fields(
                    fields, others=len(names) > sum(n in OLD_NAMES for n in names)
                )
                self._done.note(
                    fields,
                    "These defaults apply in this folder and below it. Translate all files there "
                    "in one step.",
                )

    def _nested(self, node: ast.expr, kinds: frozenset[Kind], label: str) -> FieldGroup | None:
        """The fields in `dict(...)`, `{...}`, `parametrize(...)` or a variable of the file."""
        if isinstance(node, ast.Dict):
            return self._entries_of(node, kinds, label)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("dict", "parametrize"):
            return self._fields_of(node, kinds, label)
        if isinstance(node, ast.Name):
            value = self._shared_constant(node.id)
            if value is not None:
                return self._nested(value, kinds, f"`{node.id}`")
        return None

    def _shared_constant(self, name: str) -> ast.expr | None:
        """The value of a variable that the file assigns once, and uses only for old targets."""
        uses = [
            each
            for each in ast.walk(self._source.tree)
            if isinstance(each, ast.Name) and each.id == name
        ]
        values = [
            each.value
            for each in self._source.tree.body
            if isinstance(each, ast.Assign)
            and len(each.targets) == 1
            and isinstance(each.targets[0], ast.Name)
            and each.targets[0].id == name
        ]
        allowed = {
            id(keyword.value)
            for target in self._own
            if target.alias in OLD_NAMES
            for keyword in target.call.keywords
            if keyword.arg is None
        }
        spread = [each for each in uses if isinstance(each.ctx, ast.Load)]
        stores = len(uses) - len(spread)
        if len(values) == 1 and stores == 1 and all(id(each) in allowed for each in spread):
            return None if isinstance(values[0], ast.Name) else values[0]
        return None

    def _translate_fields(self, fields: FieldGroup, *, others: bool = False) -> None:
        """Translate the fields of targets. With `others`, targets of other kinds have them too."""
        if others:
            strange = [each.name for each in fields.fields if each.name in (*_PEX_FIELDS, "layout")]
            if strange:
                self._done.explain(
                    fields,
                    f"`{strange[0]}` is also set for targets of other kinds. Split the entry, and "
                    "translate the field by hand.",
                )
            return
        for each in fields.fields:
            if not each.name:
                nested = self._nested(each.value, fields.kinds, fields.label)
                if nested is None:
                    self._explain_hidden(fields, each.value, each.span)
                elif not isinstance(each.value, ast.Name) or self._is_first_use(nested):
                    self._translate_fields(nested)
            elif each.name == "layout":
                self._translate_layout(fields, each)
            elif each.name == "include_requirements":
                self._translate_requirements(fields, each)
            elif each.name == "dependencies":
                self._translate_dependencies(fields, each)
            elif each.name == "complete_platforms":
                self._translate_platforms(fields, each)
            elif each.name == "runtime":
                self._explain_runtime(fields, each)
            elif each.name == "uv_platforms":
                self._drop(
                    fields,
                    each,
                    "`uv_platforms` is gone: `lambda_function` finds the wheels of "
                    "the runtime itself.",
                )
            elif each.name not in (*_SAME, *_PEX_FIELDS):
                self._done.explain(
                    fields,
                    f"`{each.name}` is a field of neither backend. If a plugin adds it, let the "
                    f"plugin add it to {self._kind_names(fields)} too.",
                    each.span,
                )
        self._translate_arguments(fields)

    def _is_first_use(self, fields: FieldGroup) -> bool:
        """Whether the fields of a variable have not been translated yet."""
        if fields.items in self._translated:
            return False
        self._translated.append(fields.items)
        return True

    @staticmethod
    def _kind_names(fields: FieldGroup) -> str:
        return " and ".join(
            f"`{each.value}`" for each in sorted(fields.kinds, key=lambda k: k.value)
        )

    def _explain_hidden(self, fields: FieldGroup, value: ast.expr, at: Span | None = None) -> None:
        self._done.explain(
            fields,
            f"`{ast.unparse(value)}` may set fields that {self._kind_names(fields)} does not have "
            '(`pex_build_extra_args`, `pex3_venv_create_extra_args`, `layout="flat-zipped"`), or '
            "`include_requirements=False`, which needs `layers`. Translate them where they are "
            "set.",
            at,
        )

    def _drop(self, fields: FieldGroup, each: FieldValue, text: str) -> None:
        """Remove a field. A comment at its place contains it."""
        if not self._source.is_separate_item(each.span):
            self._done.explain(fields, f"{text} Remove the field by hand.", each.span)
            return
        self._done.explain(fields, text, each.span, f"{self._source.at(each.span)},")
        self._done.remove(fields, each)

    def _replace(self, fields: FieldGroup, each: FieldValue, new: Mapping[str, str]) -> None:
        """Write other fields in the place of one."""
        separator = ", "
        if self._source.begins_line(each.span.start):
            separator = f",{self._source.newline}{self._source.indentation(each.span.start)}"
        text = separator.join(each.written(name, value) for name, value in new.items())
        self._done.edits.append(Edit(each.span.start, each.span.end, text))

    def _translate_layout(self, fields: FieldGroup, each: FieldValue) -> None:
        values = strings_in(each.value)
        for value in values:
            span = self._source.span(value.node)
            if value.value == "flat-zipped":
                old = self._source.at(span)
                self._done.edits.append(
                    Edit(span.start, span.end, old.replace("flat-zipped", "zip"))
                )
        if any(value.value == "venv" for value in values) or not values:
            self._done.explain(
                fields,
                '`layout` must be `"zip"`, which was `"flat-zipped"`, or `"flat"`.',
                each.span,
            )

    def _translate_requirements(self, fields: FieldGroup, each: FieldValue) -> None:
        """Attach layers to a function with `include_requirements=False`."""
        constant = each.value.value if isinstance(each.value, ast.Constant) else None
        if constant is True or Kind.FUNCTION not in fields.kinds:
            return
        if constant is not False or fields.target is None:
            self._done.explain(
                fields,
                "A function with `include_requirements=False` must name the layers that contain "
                "its third-party code in `layers`, or the distributions in `provided`. Otherwise, "
                "`package` fails with `NotCovered`.",
                each.span,
            )
            return
        choice = choose_layers(fields.target, self._targets)
        folder = fields.target.folder if fields.target.name is not None else "\0"
        if choice.layers:
            addresses = [layer.address_in(folder) for layer in choice.layers]
            listed = ", ".join(f'"{address}"' for address in addresses)
            self._replace(fields, each, {"layers": f"[{listed}]"})
            self._done.note(
                fields,
                f"`layers=[{listed}]` replaces `include_requirements=False`, since "
                f"{' and '.join(f'`{each.name}`' for each in choice.layers)} {choice.reason}. The "
                "function contains the distributions that its layers lack. To make these an error, "
                "add `include_requirements=False`. To use the runtime's boto3, add "
                '`provided=["aws-sdk"]`.',
            )
            return
        candidates = ", ".join(f"`{layer.address_in(folder)}`" for layer in choice.candidates)
        self._done.explain(
            fields,
            "Name the layers of this function in `layers`. "
            + (
                f"These files have several: {candidates}. "
                if candidates
                else "These files have no layer for it. "
            )
            + "List distributions that the runtime or a layer from elsewhere contains in "
            "`provided`. Without both, `package` fails with `NotCovered`.",
            each.span,
        )

    def _translate_dependencies(self, fields: FieldGroup, each: FieldValue) -> None:
        """Replace functions in a layer's `dependencies` by `requirements_of`.

        An artifact of this backend never contains another artifact.
        """
        target = fields.target
        if target is None:
            return
        found = [
            string
            for string in strings_in(each.value)
            if full_address(string.value, target.folder) in {*self._functions, *self._layers}
        ]
        if not found:
            if target.kind is Kind.LAYER and target.is_false("include_sources"):
                self._done.note(
                    fields,
                    '`requirements_of=["attached"]` would add the third-party code of all '
                    "functions that attach this layer. `dependencies` then needs only what no "
                    "module imports.",
                )
            return
        if not isinstance(each.value, (ast.List, ast.Tuple)) or any(
            string.node not in each.value.elts
            or not self._source.is_separate_item(self._source.span(string.node))
            for string in found
        ):
            self._done.explain(
                fields,
                "`dependencies` may not contain functions and layers. On a layer, name functions "
                "in `requirements_of`.",
                each.span,
            )
            return
        functions = [
            string
            for string in found
            if target.kind is Kind.LAYER
            and full_address(string.value, target.folder) in self._functions
        ]
        listed = ", ".join(self._source.at(self._source.span(string.node)) for string in functions)
        elements = each.value.elts
        if functions and len(functions) == len(elements):
            name = Span(each.span.start, each.span.start + len("dependencies"))
            new = '"requirements_of"' if each.in_dict else "requirements_of"
            self._done.edits.append(Edit(name.start, name.end, new))
        else:
            spans = tuple(self._source.span(element) for element in elements)
            self._done.removed.setdefault(spans, []).extend(
                self._source.span(string.node) for string in found
            )
            if functions:
                separator = ", "
                if self._source.begins_line(each.span.start):
                    indentation = self._source.indentation(each.span.start)
                    separator = f",{self._source.newline}{indentation}"
                added = each.written("requirements_of", f"[{listed}]")
                self._done.edits.append(Edit(each.span.end, each.span.end, f"{separator}{added}"))
        if not functions:
            self._done.note(
                fields,
                "`dependencies` no longer contains layers or functions, since an artifact contains "
                "no other artifact.",
            )
        elif not target.is_false("include_sources"):
            self._done.explain(
                fields,
                f"`requirements_of=[{listed}]` contains only the third-party code of these "
                "functions. For their first-party code, name its targets in `dependencies`.",
                each.span,
            )

    def _translate_platforms(self, fields: FieldGroup, each: FieldValue) -> None:
        """Complete platforms win over a runtime since Pants 2.18."""
        if isinstance(each.value, ast.Constant) and each.value.value is None:
            return
        if isinstance(each.value, (ast.List, ast.Tuple)) and not each.value.elts:
            self._drop(
                fields,
                each,
                "An empty `complete_platforms` built for the machine that runs Pants. Artifacts "
                "are built for `runtime` and `architecture`, or for the interpreter constraints.",
            )
            return
        for name in ("runtime", "architecture"):
            replaced = fields.get(name)
            if replaced:
                self._drop(
                    fields,
                    replaced,
                    f"`{name}` had no effect next to `complete_platforms`, and is an error now.",
                )

    def _explain_runtime(self, fields: FieldGroup, each: FieldValue) -> None:
        gone = [value.value for value in strings_in(each.value) if value.value in _GONE]
        if gone and not fields.get("complete_platforms"):
            self._done.explain(
                fields,
                f"Lambda no longer has the runtime `{gone[0]}`. Set a newer one.",
                each.span,
            )

    def _translate_arguments(self, fields: FieldGroup) -> None:
        """Replace the arguments of PEX by fields, and explain those that have none."""
        found = [each for each in fields.fields if each.name in _PEX_FIELDS]
        new: dict[str, str] = {}
        for each in found:
            arguments = _literal_strings(each.value)
            if arguments is None:
                self._drop(
                    fields,
                    each,
                    f"`{each.name}` is gone, and its value is not a list of literals. "
                    "`--collisions-ok` becomes `collisions`, and `--exclude` becomes `provided`.",
                )
                continue
            translated = translate_arguments(arguments)
            fresh = {name: text for name, text in translated.fields.items() if name not in new}
            new.update(fresh)
            taken = [name for name in fresh if fields.get(name)]
            for remark in translated.remarks:
                self._done.note(fields, remark)
            unknown = [
                f"`{argument}`" + (f" ({instead})" if instead else "")
                for argument, instead in translated.unknown.items()
            ]
            whole = self._source.at(each.span)
            if unknown:
                text = (
                    f"`{each.name}` is gone. These arguments have no field: {', '.join(unknown)}."
                )
                self._done.explain(fields, text, each.span, f"{whole},")
            elif self._source.comments_in(each.span):
                self._done.explain(fields, f"`{each.name}` is replaced.", each.span, f"{whole},")
            if not fresh or taken or not self._source.is_separate_item(each.span):
                self._done.remove(fields, each)
            else:
                self._replace(fields, each, fresh)


def _literal_strings(node: ast.expr) -> list[str] | None:
    if not isinstance(node, (ast.List, ast.Tuple)):
        return None
    strings = [
        each.value
        for each in node.elts
        if isinstance(each, ast.Constant) and isinstance(each.value, str)
    ]
    return strings if len(strings) == len(node.elts) else None


def _within(statement: ast.stmt) -> Iterator[ast.AST]:
    """The nodes of a statement that belong to no statement inside it."""
    waiting: list[ast.AST] = list(ast.iter_child_nodes(statement))
    while waiting:
        node = waiting.pop()
        if not isinstance(node, ast.stmt):
            yield node
            waiting.extend(ast.iter_child_nodes(node))

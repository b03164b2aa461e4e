"""Writes a `lambda_function` target for each function, next to a target for its data."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from aws_lambda.migrate.build_file_targets import NewTarget, PlacedTarget, Value
from aws_lambda.migrate.data_targets import data_address, data_target
from aws_lambda.migrate.placed_functions import PlacedFunction
from aws_lambda.migrate.shared_fields import platform_fields, resolve_field
from aws_lambda.migrate.source_roots import CodeLayout
from aws_lambda.migrate.translation_notes import TranslationNotes
from aws_lambda.templates.declared_functions import DeclaredFunction

# Lambda sets these itself (`aws_lambda_emulator/environment_variables.py`).
_RESERVED = re.compile(
    r"AWS_(LAMBDA_.*|REGION|DEFAULT_REGION|EXECUTION_ENV|ACCESS_KEY.*|SECRET_.*|"
    r"SESSION_TOKEN|XRAY_.*)|_HANDLER|_X_AMZN_.*|LAMBDA_(TASK_ROOT|RUNTIME_DIR)"
)


def function_targets(
    functions: Sequence[PlacedFunction],
    layout: CodeLayout,
    earlier: Sequence[PlacedTarget],
    notes: TranslationNotes,
) -> list[PlacedTarget]:
    """Return the targets of functions and of their data, unless they are in `earlier`."""
    targets: list[PlacedTarget] = []
    for each in functions:
        data = data_target(each.chosen.code, layout)
        if data and not data.is_declared_in([*earlier, *targets]):
            targets.append(data)
        fields = _fields(each, layout, has_data=data is not None)
        targets.append(PlacedTarget(each.folder, NewTarget("lambda_function", fields)))
    _describe_unknown_variables([each.chosen.declared for each in functions], notes)
    return targets


def _fields(function: PlacedFunction, layout: CodeLayout, *, has_data: bool) -> dict[str, Value]:
    chosen = function.chosen
    fields: dict[str, Value] = {"name": function.name, "handler": function.handler}
    runtimes = [f"python3.{chosen.python}"] if chosen.python else []
    fields |= platform_fields(runtimes, [chosen.architecture], layout.chosen)
    if function.layer_addresses:
        fields["layers"] = function.layer_addresses
    if has_data:
        fields["dependencies"] = [data_address(chosen.code, function.folder)]
    fields |= resolve_field([function.resolve], layout.files.default_resolve)
    environment = {
        name: value
        for name, value in chosen.declared.environment.items()
        if value is not None and not _RESERVED.fullmatch(name)
    }
    if environment:
        fields["check_env"] = environment
    return fields


def _describe_unknown_variables(
    functions: Iterable[DeclaredFunction], notes: TranslationNotes
) -> None:
    """Add one note for all functions of a template that have the same unknown variables."""
    names: dict[tuple[str, tuple[str, ...]], list[str]] = defaultdict(list)
    for each in functions:
        unknown = sorted(
            name
            for name, value in each.environment.items()
            if value is None and not _RESERVED.fullmatch(name)
        )
        if unknown:
            names[each.template, tuple(unknown)].append(each.name)
    for (template, variables), functions_with in names.items():
        notes.add(
            template,
            f"The template does not contain the values of {', '.join(variables)} "
            f"({', '.join(functions_with)}). If a handler's module reads them when it is imported, "
            "add values to `check_env`.",
        )

"""Registers the targets and rules of this backend."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pants.engine.target import Target

from aws_lambda import (
    lambda_explain,
    package,
    pants_api,
)
from aws_lambda.bytecode import (
    artifact_bytecode,
    compile_sources,
    reachable_modules,
)
from aws_lambda.contents import (
    carried_files,
    closure_files,
    distributions,
    final_files,
    uncovered,
)
from aws_lambda.inputs import (
    attached_layers,
    dependency_walk,
    extra_files,
    handler_module,
    import_inference,
    module_owners,
    parametrized,
    runtime_dependencies,
    sources,
    target_inputs,
    target_platform,
)
from aws_lambda.local import (
    check,
    check_templates,
    emulation,
    import_time,
    lambda_serve,
    lock_agreement,
    pytest_fixture,
    run,
    runnable,
)
from aws_lambda.migrate import (
    compare_targets,
    lambda_migrate,
    template_migration,
    template_updates,
    unknown_targets,
)
from aws_lambda.output import (
    assembly,
    output_paths,
    package_summary,
    sbom,
)
from aws_lambda.pants_api import (
    collection_hashes,
    command_name,
)
from aws_lambda.processes import (
    interpreters,
    sandbox_program,
    tool_program,
)
from aws_lambda.publish import (
    publish_goal,
    published_targets,
    publisher,
)
from aws_lambda.report import lambda_report, reported_artifacts
from aws_lambda.tailor import putative_targets
from aws_lambda.target_types import LambdaFunctionTarget, LambdaLayerTarget
from aws_lambda.templates import (
    matched_templates,
    packaged_targets,
    read_templates,
)
from aws_lambda.third_party import (
    installed_files,
    lockfile,
    native_code,
    python_modules,
    source_lock,
    wheel_contents,
    wheels,
)
from aws_lambda.verify import (
    early_install,
    import_checks,
    missing_at_startup,
    missing_plugins,
    repository_search,
    verify,
)

WITH_RULES = (
    pants_api,
    command_name,
    collection_hashes,
    interpreters,
    sandbox_program,
    tool_program,
    installed_files,
    lockfile,
    native_code,
    python_modules,
    source_lock,
    wheel_contents,
    wheels,
    attached_layers,
    dependency_walk,
    extra_files,
    handler_module,
    import_inference,
    module_owners,
    parametrized,
    runtime_dependencies,
    sources,
    target_inputs,
    target_platform,
    putative_targets,
    carried_files,
    closure_files,
    distributions,
    final_files,
    uncovered,
    artifact_bytecode,
    compile_sources,
    reachable_modules,
    early_install,
    import_checks,
    missing_at_startup,
    missing_plugins,
    repository_search,
    verify,
    assembly,
    output_paths,
    package_summary,
    sbom,
    package,
    publisher,
    published_targets,
    publish_goal,
    matched_templates,
    packaged_targets,
    read_templates,
    check,
    check_templates,
    emulation,
    import_time,
    lambda_serve,
    lock_agreement,
    pytest_fixture,
    run,
    runnable,
    compare_targets,
    lambda_migrate,
    template_migration,
    template_updates,
    unknown_targets,
    reported_artifacts,
    lambda_report,
    lambda_explain,
)


def rules() -> Iterable[Any]:
    return [each for module in WITH_RULES for each in module.rules()]


def target_types() -> Iterable[type[Target]]:
    return (LambdaFunctionTarget, LambdaLayerTarget)

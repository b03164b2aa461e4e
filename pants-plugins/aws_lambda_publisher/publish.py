"""The story of a publish: read everything, plan everything, then layers, then functions."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import TypeVar, Union

from aws_lambda_publisher import protocol
from aws_lambda_publisher.aws_clients import Aws
from aws_lambda_publisher.aws_reading import (
    ContentsReader,
    LayerOwners,
    LayerVersions,
    Patience,
    StateChanged,
    has_equal_zip,
    read_alias,
    read_code_signing,
    read_function,
    read_layer_versions,
    read_newest_version,
    translated,
    wait_until_settled,
)
from aws_lambda_publisher.create_command import create_function_command
from aws_lambda_publisher.errors import (
    CodeSigned,
    ExpiredCredentials,
    FunctionKeepsChanging,
    FunctionMissing,
    InvalidCredentials,
    LayerNotPublished,
    MissingCredentials,
    PublishError,
    UnknownRegion,
    UnsupportedFunction,
)
from aws_lambda_publisher.layer_choice import (
    AttachedLayer,
    attach_layers,
    check_layer_count,
    choose_arn,
    foreign_layers,
    wanted_layers,
)
from aws_lambda_publisher.message_text import columns, describe
from aws_lambda_publisher.plan import (
    CreateFunction,
    FunctionFacts,
    FunctionPlan,
    describe_function_plan,
    describe_layer_plan,
    plan_function,
    summarize,
)
from aws_lambda_publisher.plan_steps import FunctionUpdate, publish_layer
from aws_lambda_publisher.request import Options, Request, WantedFunction, WantedLayer
from aws_lambda_publisher.state import short_layer
from aws_lambda_publisher.uploads import MAX_DIRECT_BYTES, ZipUploads, check_size, object_key

# Errors that every other request would get, too.
_ACCOUNT_WIDE = (ExpiredCredentials, InvalidCredentials, MissingCredentials, UnknownRegion)


class Mode(enum.Enum):
    """What follows the plan."""

    PUBLISH = "publish"
    DRY_RUN = "dry run"
    CHECK = "check"


@dataclass(frozen=True)
class TargetResult:
    """The result for one target: an exit code and a status of `protocol.py`, and lines of text."""

    address: str
    exit_code: int
    status: str
    lines: tuple[str, ...]


@dataclass
class LayerWork:
    """A layer, what AWS has of it, and the error that stopped it."""

    layer: WantedLayer
    versions: LayerVersions = field(default_factory=lambda: LayerVersions((), False))
    arn: str | None = None
    was_published: bool = False
    error: PublishError | None = None


@dataclass
class FunctionWork:
    """A function, its plan, what AWS has of it, and the error that stopped it."""

    function: WantedFunction
    facts: FunctionFacts = field(default_factory=lambda: FunctionFacts(None))
    attached: tuple[AttachedLayer, ...] = ()
    plan: FunctionPlan = field(default_factory=FunctionPlan)
    completed: list[str] = field(default_factory=list)
    error: PublishError | None = None
    is_missing: bool = False


class Publisher:
    """Brings AWS to the state of one request.

    `print_line` gets each line for the user, without credentials.
    """

    def __init__(
        self, request: Request, aws: Aws, *, patience: Patience, print_line: Callable[[str], None]
    ) -> None:
        self._aws = aws
        self._patience = patience
        self._print_line = print_line
        self._owners = LayerOwners()
        self._contents = ContentsReader(aws)
        self._uploads = ZipUploads(aws, request.options.s3_bucket)
        self._request = _resolve_arns(request, aws)
        self._layers = {each.name: LayerWork(each) for each in self._request.layers}
        self._functions = [FunctionWork(each) for each in self._request.functions]

    @property
    def _options(self) -> Options:
        return self._request.options

    def run(self, mode: Mode) -> list[TargetResult]:
        """Plan everything, and carry it out unless `mode` stops after the plan.

        Raises `PublishError` for problems of the whole account, such as expired credentials.
        """
        self._check_sizes()
        self._parallel(self._read_layer, self._layers.values())
        self._parallel(self._plan_function, self._functions)
        self._print_plan()
        if mode is Mode.PUBLISH:
            self._parallel(
                self._publish_layer,
                [each for each in self._layers.values() if not each.arn and not each.error],
            )
            self._parallel(
                self._update_function,
                [each for each in self._functions if not each.error and each.plan.steps],
            )
        for each in self._functions:
            if each.is_missing and not each.error:
                each.error = FunctionMissing(self._describe_missing(each, mode))
        results = [
            *(self._layer_result(each, mode) for each in self._layers.values()),
            *(self._function_result(each, mode) for each in self._functions),
        ]
        self._print_errors()
        return results

    def _check_sizes(self) -> None:
        for layer in self._layers.values():
            self._catch(
                layer,
                lambda each: check_size(
                    f"The layer {each.layer.name} ({each.layer.address})",
                    zip_bytes=each.layer.zip_bytes,
                    unzipped_bytes=each.layer.unzipped_bytes,
                    s3_bucket=self._options.s3_bucket,
                ),
            )
        for function in self._functions:
            self._catch(
                function,
                lambda each: check_size(
                    f"The function {each.function.name} ({each.function.address})",
                    zip_bytes=each.function.zip_bytes,
                    unzipped_bytes=each.function.total_unzipped_bytes,
                    s3_bucket=self._options.s3_bucket,
                ),
            )

    def _catch(self, work: _Work, call: Callable[[_Work], None]) -> None:
        """Call a function, and keep its error as that of the work."""
        if work.error:
            return
        try:
            call(work)
        except _ACCOUNT_WIDE:
            raise
        except PublishError as error:
            work.error = error
        except StateChanged as change:
            work.error = FunctionKeepsChanging(
                describe(
                    "Another program changes the same function or layer.",
                    facts=columns([("last answer", str(change))]),
                    fix="wait until the other deployment is over, and publish again.",
                )
            )

    def _parallel(self, call: Callable[[_Work], None], works: Iterable[_Work]) -> None:
        """Call a function for each work, several at a time. Errors are kept in the works.

        An error of the whole account ends the calls that have not started.
        """
        with ThreadPoolExecutor(self._options.max_parallel) as pool:
            futures = [pool.submit(self._catch, each, call) for each in works]
            try:
                for future in futures:
                    future.result()
            except BaseException:
                for future in futures:
                    future.cancel()
                raise

    def _read_layer(self, work: LayerWork) -> None:
        work.versions = read_layer_versions(self._aws, work.layer)
        work.arn = choose_arn(work.versions.matching, ())

    def _plan_function(self, work: FunctionWork) -> None:
        """Read a function and plan it. Settles also whether AWS would accept the plan."""
        self._read_function(work)
        now = work.facts.function
        if now is None:
            work.is_missing = not self._options.role
            return
        if now.package_type != "Zip":
            raise UnsupportedFunction(_describe_image(work.function))
        if not work.plan.steps:
            return
        signing = read_code_signing(self._aws, work.function.name)
        if signing:
            raise CodeSigned(_describe_signed(work.function, signing))

    def _read_function(self, work: FunctionWork, *, settled: bool = False) -> None:
        """Read the state of a function, and make a plan from it."""
        name = work.function.name
        now = read_function(self._aws, name)
        if now and settled and not now.is_settled:
            now = wait_until_settled(self._aws, name, self._patience)
        alias = self._options.alias
        facts = FunctionFacts(
            now,
            has_equal_files=now is not None
            and has_equal_zip(work.function, now.code_sha256, now.code_location),
        )
        if now and alias:
            facts = replace(facts, alias=read_alias(self._aws, name, alias))
        elif now and self._options.publish_version:
            facts = replace(facts, newest_version=read_newest_version(self._aws, name))
        work.facts = facts
        self._make_plan(work)
        if now and work.plan.updates_code_and_layers and not alias:
            contents = self._contents.read(work.function, work.attached, now)
            work.facts = replace(facts, contents=contents)
            self._make_plan(work)

    def _make_plan(self, work: FunctionWork) -> None:
        now = work.facts.function
        current = now.layers if now else ()
        arns = {
            each.layer.name: choose_arn(each.versions.matching, current) or each.arn
            for each in self._layers.values()
        }
        wanted = wanted_layers(work.function.layers, arns)
        names = [each.name for each in wanted]
        replace_all = self._options.replace_layers
        own = self._owners.find_own(self._aws, now, names) if now and not replace_all else ()
        work.attached = attach_layers(wanted, current, own=own, replace=replace_all)
        check_layer_count(work.function, work.attached, foreign_layers(wanted, work.attached))
        work.plan = plan_function(work.function, work.attached, work.facts, self._options)

    def _print_plan(self) -> None:
        new_layers = [each for each in self._layers.values() if not each.arn and not each.error]
        for layer in new_layers:
            self._print_lines(describe_layer_plan(layer.layer, layer.versions.has_versions))
        planned = [each for each in self._functions if each.plan.steps and not each.error]
        for function in planned:
            if function.is_missing:
                self._print_lines(
                    [
                        f"function {function.function.name} ({function.function.address})",
                        "  does not exist",
                    ]
                )
            else:
                self._print_lines(describe_function_plan(function.function, function.plan))
        creations = [
            each
            for each in planned
            if isinstance(each.plan.steps[0], CreateFunction) and not each.is_missing
        ]
        missing = [each for each in planned if each.is_missing]
        failures = [each for each in self._works if each.error]
        done = len(self._works) - len(new_layers) - len(planned) - len(failures)
        self._print_lines(
            [
                summarize(
                    layers=len(new_layers),
                    creations=len(creations),
                    updates=len(planned) - len(creations) - len(missing),
                    unchanged=done,
                    failures=len(failures) + len(missing),
                )
            ]
        )

    @property
    def _works(self) -> list[_AnyWork]:
        return [*self._layers.values(), *self._functions]

    def _publish_layer(self, work: LayerWork) -> None:
        work.arn = publish_layer(self._aws, work.layer, self._uploads, self._patience)
        work.was_published = True
        self._print_lines([f"{work.layer.name}: published version {work.arn.split(':')[-1]}"])

    def _update_function(self, work: FunctionWork) -> None:
        """Carry out a plan. Reads and plans again if another program changes the function."""
        self._require_layers(work)
        if work.is_missing:
            return
        reason = ""
        self._make_plan(work)
        for attempt in range(self._patience.rounds):
            if attempt:
                self._patience.pause(attempt)
                self._read_function(work, settled=True)
                if work.facts.function is None and not self._options.role:
                    work.is_missing = True
                    return
            update = FunctionUpdate(
                aws=self._aws,
                wanted=work.function,
                attached=work.attached,
                options=self._options,
                uploads=self._uploads,
                patience=self._patience,
                completed=work.completed,
            )
            try:
                update.run(work.plan, work.facts)
            except StateChanged as change:
                reason = str(change)
                continue
            done = ", ".join(work.completed) or "another program published the same"
            self._print_lines([f"{work.function.name}: {done}"])
            return
        raise FunctionKeepsChanging(
            describe(
                f"The function {work.function.name} ({work.function.address}) changed each time "
                f"that it was to be updated, {self._patience.rounds} times.",
                facts=columns([("last answer", reason)]),
                why="Another deployment changes the function at the same time.",
                fix="wait until the other deployment is over, and publish again.",
            )
        )

    def _require_layers(self, work: FunctionWork) -> None:
        failed = [
            self._layers[each.name]
            for each in work.function.layers
            if isinstance(each, WantedLayer) and self._layers[each.name].error
        ]
        if failed:
            raise LayerNotPublished(
                describe(
                    f"The function {work.function.name} ({work.function.address}) stayed as it "
                    "was, since its layers could not be published.",
                    facts=columns(
                        [(each.layer.name, type(each.error).__name__) for each in failed]
                    ),
                    fix="fix the errors of the layers, and publish again.",
                )
            )

    def _describe_missing(self, work: FunctionWork, mode: Mode) -> str:
        function = work.function
        unpublished = [each.name for each in work.attached if not self._arn_of(each)]
        if unpublished:
            return describe(
                f"The function {function.name} ({function.address}) does not exist.",
                facts=columns([("its layers without a version", ", ".join(unpublished))]),
                why="The publisher creates no role, so it creates a function only with a role that "
                "you give.",
                fix="set `--aws-lambda-role ARN`, or publish: that publishes the layers and prints "
                "the commands that create the function.",
            )
        arns = [arn for arn in map(self._arn_of, work.attached) if arn]
        bucket = self._options.s3_bucket
        command = create_function_command(
            function,
            arns,
            region=self._aws.region,
            package_command=self._options.package_command,
            profile=self._aws.profile,
            account=arns[0].split(":")[4] if arns else None,
            s3_object=(
                (bucket, object_key(function.code_sha256))
                if bucket and function.zip_bytes > MAX_DIRECT_BYTES
                else None
            ),
        )
        listed = "\n".join(f"  {line}" for line in command)
        return describe(
            f"The function {function.name} ({function.address}) does not exist in "
            f"{self._aws.region}.",
            why="The publisher creates no role, so it creates a function only with a role that you "
            "give.",
            fix=f"set `--aws-lambda-role ARN`, or create the function:\n\n{listed}",
        )

    def _arn_of(self, attached: AttachedLayer) -> str | None:
        work = self._layers.get(attached.name)
        return attached.arn or (work.arn if work else None)

    def _layer_result(self, work: LayerWork, mode: Mode) -> TargetResult:
        if work.error:
            return self._failed(work.layer.address, work.error)
        if work.was_published and work.arn:
            return self._result(
                work.layer.address, protocol.STATUS_PUBLISHED, [f"published {work.arn}"]
            )
        if work.arn:
            return self._result(
                work.layer.address, protocol.STATUS_UNCHANGED, [f"up to date: {work.arn}"]
            )
        lines = describe_layer_plan(work.layer, work.versions.has_versions)
        return self._result(work.layer.address, _status_of_plan(mode), lines)

    def _function_result(self, work: FunctionWork, mode: Mode) -> TargetResult:
        address = work.function.address
        if work.error:
            return self._failed(address, work.error)
        if not work.plan.steps and not work.completed:
            return self._result(address, protocol.STATUS_UNCHANGED, ["up to date"])
        if mode is Mode.PUBLISH:
            attached = ", ".join(short_layer(each.arn or each.name) for each in work.attached)
            lines = [*work.completed, *([f"layers: {attached}"] if attached else [])]
            return self._result(address, protocol.STATUS_PUBLISHED, lines)
        return self._result(
            address, _status_of_plan(mode), describe_function_plan(work.function, work.plan)
        )

    def _failed(self, address: str, error: PublishError) -> TargetResult:
        text = f"{type(error).__name__}: {error}"
        return self._result(address, protocol.STATUS_FAILED, text.splitlines())

    def _result(self, address: str, status: str, lines: Sequence[str]) -> TargetResult:
        return TargetResult(
            address=address,
            exit_code=_EXIT_CODES[status],
            status=status,
            lines=tuple(self._aws.redaction.clean_lines(lines)),
        )

    def _print_errors(self) -> None:
        for work in self._works:
            if work.error:
                self._print_lines(["", f"{type(work.error).__name__}: {work.error}"])

    def _print_lines(self, lines: Iterable[str]) -> None:
        for line in self._aws.redaction.clean_lines(lines):
            self._print_line(line)


_Work = TypeVar("_Work", LayerWork, FunctionWork)
_AnyWork = Union[LayerWork, FunctionWork]

_EXIT_CODES = {
    protocol.STATUS_UNCHANGED: protocol.EXIT_DONE,
    protocol.STATUS_PUBLISHED: protocol.EXIT_DONE,
    protocol.STATUS_PLANNED: protocol.EXIT_CHANGES_PENDING,
    protocol.STATUS_DRIFTED: protocol.EXIT_FAILED,
    protocol.STATUS_FAILED: protocol.EXIT_FAILED,
}


def _status_of_plan(mode: Mode) -> str:
    return protocol.STATUS_DRIFTED if mode is Mode.CHECK else protocol.STATUS_PLANNED


def exit_code(results: Iterable[TargetResult]) -> int:
    """The exit code of the program: an error counts more than changes that are pending."""
    codes = {each.exit_code for each in results}
    for code in (protocol.EXIT_FAILED, protocol.EXIT_CHANGES_PENDING):
        if code in codes:
            return code
    return protocol.EXIT_DONE


def _resolve_arns(request: Request, aws: Aws) -> Request:
    """Replace `{region}`, `{partition}` and `{account}` in the ARNs of layers."""
    every = [each for function in request.functions for each in function.layers]
    account = ""
    if any(isinstance(each, str) and "{account}" in each for each in every):
        with translated("the account of the credentials"):
            account = str(aws.sts.get_caller_identity()["Account"])

    def resolve(arn: str) -> str:
        return (
            arn.replace("{region}", aws.region)
            .replace("{partition}", aws.partition)
            .replace("{account}", account)
        )

    functions = tuple(
        replace(
            function,
            layers=tuple(
                resolve(each) if isinstance(each, str) else each for each in function.layers
            ),
        )
        for function in request.functions
    )
    return replace(request, functions=functions)


def _describe_image(function: WantedFunction) -> str:
    return describe(
        f"The function {function.name} ({function.address}) is a container image in AWS.",
        why="AWS does not change an image into a function with a zip.",
        fix="set another `function_name`, or delete the function in AWS.",
    )


def _describe_signed(function: WantedFunction, configuration: str) -> str:
    return describe(
        f"The function {function.name} ({function.address}) accepts only signed code. Nothing was "
        "changed.",
        facts=columns([("code signing", configuration)]),
        why="The publisher does not sign code, and AWS would refuse or report the unsigned zip.",
        fix="deploy the zip with a pipeline that signs it with AWS Signer.",
    )

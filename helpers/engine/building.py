"""Builds: the record of a successful build, or an error with its place in the Dockerfile and a hint."""

import re
import shlex
from collections.abc import Mapping
from dataclasses import replace
from functools import partial

import buildkit_session
import docker
from buildkit_session import Event, Result

from helpers.core.errors import BuildFailed, DiskFull, EngineStopped, WorkbookError
from helpers.core.masking import hiding, secret_build_args
from helpers.core.printable import printable, with_texts
from helpers.core.records import Build, Instruction
from helpers.core.records.build import in_dockerfile_order
from helpers.engine import recording
from helpers.engine.build_input import build_input
from helpers.engine.build_progress import Listener, OnEvent, Reporter, instructions, silent, unheard
from helpers.engine.dockerfile import line_of, line_with
from helpers.engine.failures import explain_message, explained
from helpers.engine.image_references import place_of
from helpers.engine.recording import builds
from helpers.engine.request import Request
from helpers.engine.served_dockerfile import served

_LOG_LINES = 15
CACHE_NAMESPACE = "BUILDKIT_CACHE_MOUNT_NS"  # BuildKit's built-in build argument that separates cache mounts
_OWN_BUILD_ARGS = {CACHE_NAMESPACE}
_NAMED_CONTEXTS = (1, 42)  # API version
_PARSE_ERROR = re.compile(r"dockerfile parse error(?: on)? line (?P<line>\d+): (?P<reason>.*)", re.DOTALL)
_NOT_FOUND = re.compile(r'"/?(?P<path>[^"]+)":? not found')
_FETCHES = re.compile(r"(?:load metadata for|FROM) (?P<name>\S+)$")
_CANCELED = "context canceled"
_WRAPPING = re.compile(
    r"^(?:failed to solve(?: with frontend \S+)?: |failed to create LLB definition: |rpc error: .*? desc = )+"
)


def build(
    client: docker.DockerClient,
    request: Request,
    *,
    scenario: str,
    file: str = "Dockerfile",
    listener: Listener = silent,
    on_event: OnEvent = unheard,
) -> Build:
    """The build's record. `file` is the Dockerfile's path as shown to the user.

    The record doesn't have the context's digest yet: see `context_digest.ListedContext`. Secret values among the build
    arguments, and secrets, are masked in the record, in progress reports and in errors.
    Raises BuildFailed, EngineStopped, DiskFull.
    """
    asked = replace(request, build_args=users_build_args(request))
    hide = hiding([*secret_build_args(asked.build_args), *asked.secrets.values()])
    with explained():
        dockerfile = served(client, request)
        sent = replace(request, dockerfile=dockerfile.text)

        def shown(text: str) -> str:
            return hide(dockerfile.as_written(text))

        answered = run(client, sent, scenario, lambda progress: listener(with_texts(progress, shown)), on_event)
    result = with_texts(answered, shown)
    if result.error:
        error = explain(result, request, file)
        error.original = _WRAPPING.sub("", printable(result.error))
        raise error
    steps = instructions(result.vertexes)
    return Build(
        scenario=scenario,
        seconds=result.seconds,
        image_id=result.image_id,
        instructions=in_dockerfile_order(step for step in steps if step.vertex.is_instruction),
        engine_steps=tuple(step for step in steps if not step.vertex.is_instruction),
        context_bytes=result.context_bytes,
        warnings=tuple(printable(warning.text) for warning in result.warnings),
        trace_complete=result.trace_complete,
        command=command_line(request, file, dockerfile.stand_ins if has_named_contexts(client) else {}),
        measured_at=recording.now().isoformat(timespec="seconds"),
        input=build_input(client, asked, dockerfile, answered, file),
    )


def users_build_args(request: Request) -> dict[str, str]:
    """The request's build arguments without those that the course adds."""
    return {name: value for name, value in request.build_args.items() if name not in _OWN_BUILD_ARGS}


def run(
    client: docker.DockerClient, request: Request, scenario: str, listener: Listener, on_event: OnEvent = unheard
) -> Result:
    """The result of the request, from the engine or a recording.

    An exception in `listener` or Ctrl-C stops the build on the engine too.
    Raises what `buildkit_session.build` raises.
    """
    report = Reporter(listener)

    def both(event: Event) -> None:
        on_event(event)
        report(event)

    return builds.through(request, scenario, partial(_build, client, request), both)


def _build(client: docker.DockerClient, request: Request, on_event: OnEvent) -> Result:
    return buildkit_session.build(
        client,
        request.context,
        request.dockerfile,
        dockerignore=request.dockerignore,
        tags=[request.tag] if request.tag else [],
        target=request.target,
        no_cache=request.no_cache,
        build_args=request.build_args,
        secrets=request.secrets,
        extra_hosts=request.extra_hosts,
        on_event=on_event,
    )


def has_named_contexts(client: docker.DockerClient) -> bool:
    """Whether `docker build --build-context` works with this engine: BuildKit 0.10 or later, Docker Engine 23."""
    major, minor = str(client.api.api_version).split(".")
    return (int(major), int(minor)) >= _NAMED_CONTEXTS


def command_line(request: Request, file: str, stand_ins: Mapping[str, str] | None = None) -> str:
    """The equivalent `docker build` command, without edits that are only sent to the engine.

    It has the names of build arguments and secrets only: the command takes their values from the environment.
    `stand_ins` are the names of images that replace those in the Dockerfile.
    https://docs.docker.com/reference/cli/docker/buildx/build/#build-arg
    https://docs.docker.com/reference/cli/docker/buildx/build/#secret
    https://docs.docker.com/reference/cli/docker/buildx/build/#build-context
    """
    words = ["docker", "build", *(["--no-cache"] if request.no_cache else []), "-f", file]
    words += ["-t", request.tag] if request.tag else []
    words += ["--target", request.target] if request.target else []
    for name in sorted(users_build_args(request)):
        words += ["--build-arg", name]
    for name in sorted(request.secrets):
        words += ["--secret", f"id={name}"]
    for reference, name in (stand_ins or {}).items():
        words += ["--build-context", f"{reference}=docker-image://{name}"]
    return shlex.join([*words, request.context.root.name])


def explain(result: Result, request: Request, file: str) -> WorkbookError:
    """The error of a failed build: the instruction, its line, its last log lines, and a hint."""
    reason = printable(result.error)
    known = explain_message(reason)
    if isinstance(known, DiskFull | EngineStopped):
        return known
    if parse := _PARSE_ERROR.search(reason):
        return BuildFailed(
            f"{file}, line {parse['line']}: {parse['reason'].strip()}.", "Fix the line, then build again."
        )
    failed = _failed_step(result)
    if failed and (image := _FETCHES.match(failed.vertex.text)):
        return _no_image(image["name"], _WRAPPING.sub("", failed.error), request, file)
    if missing := _NOT_FOUND.search(reason):
        return _missing(missing["path"], failed, request, file)
    return _failed(failed, reason, request, file)


def _failed_step(result: Result) -> Instruction | None:
    """The step that failed; not one that BuildKit canceled because of it."""
    failed = [step for step in instructions(result.vertexes) if step.error]
    return min(failed, key=lambda step: _CANCELED in step.error, default=None)


def _no_image(name: str, reason: str, request: Request, file: str) -> BuildFailed:
    """The error for an image that the engine neither has nor can pull; `name` is the one in BuildKit's trace."""
    image, line = place_of(name, request.dockerfile, request.build_args)
    return BuildFailed(
        f"{_place(file, line)}: the engine doesn't have the image {image} and could not pull it: {reason}.",
        f"Check the image's name. If it is right, run `docker pull {image}`, then build again.",
    )


def _missing(path: str, failed: Instruction | None, request: Request, file: str) -> BuildFailed:
    line = (failed and line_of(failed, request.dockerfile)) or line_with(path, request.dockerfile)
    folder = request.context.root.name
    return BuildFailed(
        f"{_place(file, line)}: {path!r} is not in the build context, which is the folder {folder}/.",
        f"Check that the file exists and that {folder}/.dockerignore doesn't exclude it.",
    )


def _failed(failed: Instruction | None, error: str, request: Request, file: str) -> BuildFailed:
    reason = _WRAPPING.sub("", failed.error if failed else error)
    if failed is None:
        return BuildFailed(f"{file} could not be built: {reason}", "Fix what the engine names, then build again.")
    log = "\n".join(f"  | {line}" for line in failed.log.rstrip().splitlines()[-_LOG_LINES:])
    place = _place(file, line_of(failed, request.dockerfile))
    return BuildFailed(
        f"{place}: {failed.text!r} failed: {reason}" + (f"\nIts last lines:\n{log}" if log else ""),
        "Fix the instruction, then build again. The instructions before it stay cached.",
    )


def _place(file: str, line: int | None) -> str:
    return f"{file}, line {line}" if line else file

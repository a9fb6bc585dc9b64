"""A build as the course tells of it: a record where there is an image, else a sentence with place and mend."""

import re
import shlex
from datetime import UTC, datetime

import buildkit_session
import docker
from buildkit_session import Event, Result, parse_name

from helpers.engine.build_progress import Listener, OnEvent, Reporter, instructions, silent, unheard
from helpers.engine.dockerfile import line_of, line_with
from helpers.engine.failures import explain_message, explained
from helpers.engine.request import Request
from helpers.records import Build, Instruction
from helpers.records.errors import BuildFailed, DiskFull, EngineStopped, WorkbookError
from helpers.records.printable import printable, with_texts
from helpers.records.secrets import hiding, secret_build_args

_LOG_LINES = 15
CACHE_NAMESPACE = "BUILDKIT_CACHE_MOUNT_NS"  # a build argument of BuildKit's own: keeps cache mounts apart
_OWN_BUILD_ARGS = {CACHE_NAMESPACE}
_PARSE_ERROR = re.compile(r"dockerfile parse error(?: on)? line (?P<line>\d+): (?P<reason>.*)", re.DOTALL)
_NOT_FOUND = re.compile(r'"/?(?P<path>[^"]+)":? not found')
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
    """The build's record. `file` is what the Dockerfile is called where the reader looks for it.

    Secret values among the build arguments are hidden in it, in what the listener hears and in errors.

    Raises BuildFailed, EngineStopped, DiskFull.
    """
    hide = hiding(secret_build_args(request.build_args))
    with explained():
        result = run(client, request, lambda progress: listener(with_texts(progress, hide)), on_event)
    result = with_texts(result, hide)
    if result.error:
        raise explain(result, request, file)
    steps = instructions(result.vertexes)
    return Build(
        scenario=scenario,
        seconds=result.seconds,
        image_id=result.image_id,
        instructions=tuple(step for step in steps if parse_name(step.name)),
        engine_steps=tuple(step for step in steps if not parse_name(step.name)),
        context_bytes=result.context_bytes,
        warnings=tuple(printable(warning.text) for warning in result.warnings),
        trace_complete=result.trace_complete,
        command=command_line(request, file),
        measured_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def run(client: docker.DockerClient, request: Request, listener: Listener, on_event: OnEvent = unheard) -> Result:
    """What the engine made of the request.

    Leaving early, by an exception in `listener` or Ctrl-C, stops the build on the engine too.
    Raises what `buildkit_session.build` raises.
    """
    report = Reporter(listener)

    def both(event: Event) -> None:
        on_event(event)
        report(event)

    return buildkit_session.build(
        client,
        request.context,
        request.dockerfile,
        dockerignore=request.dockerignore,
        tags=[request.tag] if request.tag else [],
        target=request.target,
        no_cache=request.no_cache,
        build_args=request.build_args,
        extra_hosts=request.extra_hosts,
        on_event=both,
    )


def command_line(request: Request, file: str) -> str:
    """The `docker build` line that does the same, but for the edits that only the engine gets to see.

    Of a build argument it has the name alone: the command takes the value from the environment.
    https://docs.docker.com/reference/cli/docker/buildx/build/#build-arg
    """
    words = ["docker", "build", *(["--no-cache"] if request.no_cache else []), "-f", file]
    words += ["-t", request.tag] if request.tag else []
    words += ["--target", request.target] if request.target else []
    for name in sorted(request.build_args.keys() - _OWN_BUILD_ARGS):
        words += ["--build-arg", name]
    return shlex.join([*words, request.context.root.name])


def explain(result: Result, request: Request, file: str) -> WorkbookError:
    """Which instruction failed, on which line, what it said last, and what mends it."""
    reason = printable(result.error)
    known = explain_message(reason)
    if isinstance(known, DiskFull | EngineStopped):
        return known
    if parse := _PARSE_ERROR.search(reason):
        return BuildFailed(
            f"{file}, line {parse['line']}: {parse['reason'].strip()}.", "mend the line, then build again"
        )
    failed = next((step for step in instructions(result.vertexes) if step.error), None)
    if missing := _NOT_FOUND.search(reason):
        return _missing(missing["path"], failed, request, file)
    return _failed(failed, reason, request, file)


def _missing(path: str, failed: Instruction | None, request: Request, file: str) -> BuildFailed:
    line = (failed and line_of(failed, request.dockerfile)) or line_with(path, request.dockerfile)
    folder = request.context.root.name
    return BuildFailed(
        f"{_place(file, line)}: {path!r} is not in the build context, which is the folder {folder}/.",
        f"look whether the file is there, and whether {folder}/.dockerignore leaves it out",
    )


def _failed(failed: Instruction | None, error: str, request: Request, file: str) -> BuildFailed:
    reason = _WRAPPING.sub("", failed.error if failed else error)
    if failed is None:
        return BuildFailed(f"{file} could not be built: {reason}", "mend what the engine names, then build again")
    log = "\n".join(f"  | {line}" for line in failed.log.rstrip().splitlines()[-_LOG_LINES:])
    place = _place(file, line_of(failed, request.dockerfile))
    return BuildFailed(
        f"{place}: {failed.text!r} failed: {reason}" + (f"\nIts last lines:\n{log}" if log else ""),
        "mend the instruction, then build again; what came before it stays cached",
    )


def _place(file: str, line: int | None) -> str:
    return f"{file}, line {line}" if line else file

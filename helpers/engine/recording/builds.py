"""Builds, recorded and played with their events: a replay shows the progress that the build itself showed."""

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace

from buildkit_session import CacheRecord, Event, Result
from cattrs.strategies import configure_tagged_union

from helpers.engine.recording import tape
from helpers.engine.recording.archive import Call
from helpers.engine.request import Request

KIND = "build"
_VARIES = frozenset({"BUILDKIT_CACHE_MOUNT_NS", "REVISION"})  # build arguments that are new in each build

OnEvent = Callable[[Event], None]


@dataclass(frozen=True)
class Heard:
    """An event, and when it arrived."""

    seconds: float  # since the build began
    event: Event


@dataclass(frozen=True)
class Recorded:
    """A build as it was recorded."""

    result: Result
    heard: tuple[Heard, ...]


configure_tagged_union(Event, tape.converter)
# The descriptions are instructions of any build on the engine.
tape.converter.register_unstructure_hook(CacheRecord, lambda record: asdict(replace(record, description="")))


def key_of(request: Request, scenario: str) -> str:
    """What is built, and in which scenario, without what is new in each build."""
    asked = {
        "dockerfile": request.dockerfile,
        "dockerignore": request.dockerignore,
        "target": request.target,
        "no_cache": request.no_cache,
        "arguments": {name: value for name, value in request.build_args.items() if name not in _VARIES},
        "edits": sorted(request.context.edits),
        "folder": request.context.root.name,
        "secrets": sorted(request.secrets),
    }
    return f"{scenario} {hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:16]}"


def through(request: Request, scenario: str, build: Callable[[OnEvent], Result], on_event: OnEvent) -> Result:
    """The result of the build: made, made and recorded, or played. Raises NotRecorded if a replay doesn't have it."""
    key = key_of(request, scenario)
    if player := tape.player():
        return _play(player, key, request, on_event)
    recorder = tape.recorder()
    if recorder is None or recorder.is_inside:
        return build(on_event)
    return _record(recorder, key, build, on_event)


def _play(player: tape.Player, key: str, request: Request, on_event: OnEvent) -> Result:
    found = player.next(KIND, key)
    if found is None:
        what = f"a build of {request.tag or request.context.root.name} from this Dockerfile"
        raise tape.missing(what)
    recorded, passed = tape.converter.structure(found.value, Recorded), 0.0
    for heard in recorded.heard:
        player.pass_time(heard.seconds - passed)
        passed = heard.seconds
        on_event(heard.event)
    player.pass_time(max(found.seconds - passed, 0))
    return recorded.result


def _record(recorder: tape.Recorder, key: str, build: Callable[[OnEvent], Result], on_event: OnEvent) -> Result:
    began, heard = time.monotonic(), []

    def hear(event: Event) -> None:
        heard.append(Heard(round(time.monotonic() - began, 3), event))
        on_event(event)

    with recorder.whole():
        result = build(hear)
    value = tape.converter.unstructure(Recorded(result, tuple(heard)))
    recorder.add(Call(KIND, key, time.monotonic() - began, value))
    return result

"""Removing things of ours from an engine, each on its own: one that cannot be removed keeps no other."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from docker import DockerClient
from docker.errors import NotFound

from helpers.engine.failures import explained
from helpers.engine.names import LABEL
from helpers.records.errors import WorkbookError

_AGAIN = "then run `python3 -m helpers clean` again."
_SILENT = "The engine stopped answering. Start it, " + _AGAIN
_STOPPED = ("created", "exited", "dead")

_Attempt = Callable[[str, Callable[[], None]], None]


@dataclass(frozen=True, slots=True)
class Removal:
    """One thing of ours, and how it is removed; `obstacle` says why it has to stay and what to do about it."""

    what: str
    remove: Callable[[], object]
    obstacle: str = ""


@dataclass
class Removals:
    """What was removed, and what is left with the reason; on a dry run, what would be.

    After an error the engine is asked whether it is still there. Where it isn't, nothing more is asked of it.
    """

    client: DockerClient
    dry_run: bool
    done: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    _engine_answers: bool = True

    def remove(self, kind: str, find: Callable[[], Iterable[Removal]]) -> None:
        """Removes each thing that `find` finds on the engine; what an error hides from it is left, under the kind."""
        self._each(kind, find, self._on_engine)

    def remove_here(self, kind: str, find: Callable[[], Iterable[Removal]]) -> None:
        """The same for what is on this machine's disk: it needs no engine."""
        self._each(kind, find, self._on_disk)

    def add(self, kind: str, remove: Callable[[], Iterable[str]]) -> None:
        """Lets `remove` do its work on the engine and takes over its lines."""
        self._on_engine(kind, lambda: self.done.extend(remove()))

    def _each(self, kind: str, find: Callable[[], Iterable[Removal]], attempt: _Attempt) -> None:
        found: list[Removal] = []
        attempt(kind, lambda: found.extend(find()))
        for each in found:
            if each.obstacle:
                self._leave(each.what, each.obstacle)
            elif self.dry_run:
                self.done.append(f"would remove {each.what}")
            else:
                attempt(each.what, partial(self._remove, each))

    def _remove(self, each: Removal) -> None:
        try:
            each.remove()
        except (NotFound, FileNotFoundError):
            self.done.append(f"already gone: {each.what}")
        else:
            self.done.append(f"removed {each.what}")

    def _on_engine(self, what: str, action: Callable[[], None]) -> None:
        """Does it, or leaves `what` with the reason; where the engine has gone away, it is not asked again."""
        if not self._engine_answers:
            self._leave(what, _SILENT)
            return
        try:
            with explained():
                action()
        except WorkbookError as error:
            self._engine_answers = self._is_there()
            self._leave(what, _reason(error) if self._engine_answers else _SILENT)

    def _on_disk(self, what: str, action: Callable[[], None]) -> None:
        try:
            action()
        except OSError as error:
            self._leave(what, f"{error}. Delete it yourself, or {_AGAIN.removeprefix('then ')}")

    def _leave(self, what: str, reason: str) -> None:
        self.left.append(f"{'would leave' if self.dry_run else 'left'} {what}: {reason}")

    def _is_there(self) -> bool:
        try:
            with explained():
                return bool(self.client.ping())
        except WorkbookError:
            return False


@dataclass(frozen=True)
class Users:
    """The containers on an engine that are not ours, and what of ours they use."""

    containers: tuple[dict[str, Any], ...]

    def of_image(self, identity: str) -> str:
        """Why an image must keep its names: a container uses it, running or not; "" where none does."""
        found = [each for each in self.containers if each["ImageID"] == identity]
        running = [name_of(each) for each in found if each["State"] not in _STOPPED]
        stop = f"docker stop {' '.join(running)} && " if running else ""
        return _obstacle(found, "use", f"{stop}docker rm {' '.join(map(name_of, found))}")

    def of_network(self, network: str) -> str:
        """Why a network has to stay: a container is connected to it, running or not; "" where none is."""
        found = [each for each in self.containers if network in each["NetworkSettings"]["Networks"]]
        commands = [f"docker network disconnect {network} {name_of(each)}" for each in found]
        return _obstacle(found, "need", " && ".join(commands))


def users(client: DockerClient) -> Users:
    """The containers on this engine that are not ours; an engine error comes as the SDK raises it."""
    everyone = client.api.containers(all=True)
    return Users(tuple(each for each in everyone if LABEL not in (each.get("Labels") or {})))


def name_of(container: dict[str, Any]) -> str:
    """A container's name in the engine's list; one that is just being removed has none left, but still its ID."""
    return str(container["Names"][0]).lstrip("/") if container.get("Names") else str(container["Id"])[:12]


def untag(client: DockerClient, name: str) -> None:
    """Takes a name from an image; the engine removes the image with its last name, unless another is built from it.

    Raises what the SDK raises where the engine refuses.
    """
    client.api.remove_image(name, noprune=True)  # untagged parents of an image may be the user's


def _obstacle(containers: Sequence[dict[str, Any]], verb: str, command: str) -> str:
    if not containers:
        return ""
    names = ", ".join(map(name_of, containers))
    who = f"container {names} {verb}s" if len(containers) == 1 else f"containers {names} {verb}"
    return f"your {who} it. If you no longer need that, type `{command}`, {_AGAIN}"


def _reason(error: WorkbookError) -> str:
    return " ".join(f"{error.message} {error.hint}".split())

"""Removes what the course created on an engine, item by item: a failure doesn't stop the other removals."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from docker import DockerClient
from docker.errors import NotFound

from helpers.core.errors import WorkbookError
from helpers.core.names import LABEL
from helpers.engine.failures import explained

_AGAIN = "then run `python3 -m helpers clean` again."
_NO_RESPONSE = "The engine stopped responding. Start it, " + _AGAIN
_STOPPED = ("created", "exited", "dead")

_Attempt = Callable[[str, Callable[[], None]], None]


@dataclass(frozen=True, slots=True)
class Removal:
    """An item of the course and how to remove it; `obstacle` says why it must stay and how to change that."""

    what: str
    remove: Callable[[], object]
    obstacle: str = ""


@dataclass
class Removals:
    """What was removed, and what was left with the reason; in a dry run, what would be.

    After an error, the engine is pinged. If it doesn't respond, no more requests are sent.
    """

    client: DockerClient
    dry_run: bool
    done: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    _engine_responds: bool = True

    def remove(self, kind: str, find: Callable[[], Iterable[Removal]]) -> None:
        """Removes each item that `find` returns. If `find` itself fails, the whole `kind` is reported as left."""
        self._each(kind, find, self._on_engine)

    def remove_here(self, kind: str, find: Callable[[], Iterable[Removal]]) -> None:
        """The same for items on this machine's disk, without the engine."""
        self._each(kind, find, self._on_disk)

    def add(self, kind: str, remove: Callable[[], Iterable[str]]) -> None:
        """Runs `remove` on the engine and adds the lines that it returns."""
        self._on_engine(kind, lambda: self.done.extend(remove()))

    def _each(self, kind: str, find: Callable[[], Iterable[Removal]], attempt: _Attempt) -> None:
        found: list[Removal] = []
        attempt(kind, lambda: found.extend(find()))
        for each in found:
            if each.obstacle:
                self._leave(each.what, each.obstacle)
            elif self.dry_run:
                self.done.append(f"Would remove {each.what}.")
            else:
                attempt(each.what, partial(self._remove, each))

    def _remove(self, each: Removal) -> None:
        try:
            each.remove()
        except (NotFound, FileNotFoundError):
            self.done.append(f"Already gone: {each.what}.")
        else:
            self.done.append(f"Removed {each.what}.")

    def _on_engine(self, what: str, action: Callable[[], None]) -> None:
        """Runs the action, or reports `what` as left with the reason. Sends nothing once the engine has stopped."""
        if not self._engine_responds:
            self._leave(what, _NO_RESPONSE)
            return
        try:
            with explained():
                action()
        except WorkbookError as error:
            self._engine_responds = self._responds()
            self._leave(what, _reason(error) if self._engine_responds else _NO_RESPONSE)

    def _on_disk(self, what: str, action: Callable[[], None]) -> None:
        try:
            action()
        except OSError as error:
            self._leave(what, f"{error}. Delete it yourself, or {_AGAIN.removeprefix('then ')}")

    def _leave(self, what: str, reason: str) -> None:
        self.left.append(f"{'Would leave' if self.dry_run else 'Left'} {what}: {reason}")

    def _responds(self) -> bool:
        try:
            with explained():
                return bool(self.client.ping())
        except WorkbookError:
            return False


@dataclass(frozen=True)
class Users:
    """The containers on an engine that aren't the course's, and what they use of the course's."""

    containers: tuple[dict[str, Any], ...]

    def of_image(self, identity: str) -> str:
        """Why an image must keep its names: a running or stopped container uses it; "" if none does."""
        found = [each for each in self.containers if each["ImageID"] == identity]
        running = [name_of(each) for each in found if each["State"] not in _STOPPED]
        stop = f"docker stop {' '.join(running)} && " if running else ""
        return _obstacle(found, "use", f"{stop}docker rm {' '.join(map(name_of, found))}")

    def of_network(self, network: str) -> str:
        """Why a network must stay: a running or stopped container is connected to it; "" if none is."""
        found = [each for each in self.containers if network in each["NetworkSettings"]["Networks"]]
        commands = [f"docker network disconnect {network} {name_of(each)}" for each in found]
        return _obstacle(found, "need", " && ".join(commands))


def users(client: DockerClient) -> Users:
    """The containers on this engine that aren't the course's. Raises the SDK's errors."""
    everyone = client.api.containers(all=True)
    return Users(tuple(each for each in everyone if LABEL not in (each.get("Labels") or {})))


def name_of(container: dict[str, Any]) -> str:
    """A container's name in the engine's list; its short ID if it has no name because it is being removed."""
    return str(container["Names"][0]).lstrip("/") if container.get("Names") else str(container["Id"])[:12]


def untag(client: DockerClient, name: str) -> None:
    """Removes a name of an image. With its last name, the engine removes the image unless others are built from it.

    Raises the SDK's errors.
    """
    client.api.remove_image(name, noprune=True)  # an image's untagged parents may be the user's


def _obstacle(containers: Sequence[dict[str, Any]], verb: str, command: str) -> str:
    if not containers:
        return ""
    names = ", ".join(map(name_of, containers))
    who = f"container {names} {verb}s" if len(containers) == 1 else f"containers {names} {verb}"
    return f"your {who} it. If you no longer need that, run `{command}`, {_AGAIN}"


def _reason(error: WorkbookError) -> str:
    return " ".join(f"{error.message} {error.hint}".split())

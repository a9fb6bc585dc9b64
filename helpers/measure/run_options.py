"""How an experiment's container is run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from helpers.measure.project import Limits, Project

Value = TypeVar("Value")


@dataclass(frozen=True, kw_only=True)
class RunOptions:
    """The options of one run; None means the project's own value, or else the course's.

    The run measures until the first 200. It may then inspect the `process` and its memory, and measure its `shutdown`.
    """

    port: int | None = None  # on which the program listens
    path: str | None = None  # that answers health checks
    timeout: float | None = None  # seconds to wait for the first 200
    environment: Mapping[str, str] | None = None  # variables, in addition to the image's
    command: Sequence[str] | None = None  # replaces the image's CMD
    hardened: bool = False  # read-only root file system, no capabilities, 64 MB
    healthcheck: bool = False  # wait for the engine's verdict by the image's HEALTHCHECK
    process: bool | None = None  # None: only if no option is given
    shutdown: bool | None = None  # the same
    slow_path: str | None = None  # responds slowly, so that its request is in flight at SIGTERM
    memory: str | None = None  # the most that the container may use: "2g"
    processes: int | None = None  # the most, including threads
    new_privileges: bool | None = None  # allow what no-new-privileges forbids
    helper: bool = False  # publish no port: send requests from a helper container, as for a remote engine

    def settings(self, project: Project) -> "Settings":
        """The keyword arguments of container.run, with the project's values where none are given."""
        return {
            "port": _given(self.port, project.port),
            "path": _given(self.path, project.health_path),
            "timeout": _given(self.timeout, project.patience),
            "environment": self.environment,
            "command": self.command,
            "hardened": self.hardened,
            "healthcheck": self.healthcheck,
            "process": _given(self.process, self == STANDARD),
            "shutdown": _given(self.shutdown, self == STANDARD),
            "slow_path": _given(self.slow_path, project.slow_path),
            "helper": self.helper,
            **project.limits,
            **self._limits,
        }

    @property
    def _limits(self) -> Limits:
        """The limits that are given."""
        limits = Limits()
        if self.memory is not None:
            limits["memory"] = self.memory
        if self.processes is not None:
            limits["processes"] = self.processes
        if self.new_privileges is not None:
            limits["new_privileges"] = self.new_privileges
        return limits


class Settings(Limits):
    """The keyword arguments of container.run that RunOptions sets."""

    port: int
    path: str
    timeout: float
    environment: Mapping[str, str] | None
    command: Sequence[str] | None
    hardened: bool
    healthcheck: bool
    process: bool
    shutdown: bool
    slow_path: str | None
    helper: bool


def _given(value: Value | None, otherwise: Value) -> Value:
    return otherwise if value is None else value


STANDARD = RunOptions()

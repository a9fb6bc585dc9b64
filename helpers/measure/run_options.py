"""How an experiment's container is run, and methods that take these options as keyword arguments."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from helpers.measure.project import Limits, Project

Value = TypeVar("Value")
Options = TypeVar("Options")
Object = TypeVar("Object")
Result = TypeVar("Result")
Parameters = ParamSpec("Parameters")


@dataclass(frozen=True, kw_only=True)
class RunOptions:
    """The options of one run; None means the project's own value, or else the course's.

    `port` and `path`: where the program answers health checks. `timeout`: seconds to wait for the first 200.
    `environment`: variables in addition to the image's. `command`: replaces the image's CMD.
    `hardened`: read-only root file system, no capabilities, 64 MB.
    `healthcheck`: also wait for the engine's verdict, by the image's HEALTHCHECK.
    `process`: inspect the process and its memory. `shutdown`: measure how it ends on SIGTERM, with a request to
    `slow_path` in flight. None: both only if no option is given.
    `memory` ("2g"), `processes` (2048), `new_privileges` (False): the container's limits, with the course's values.
    `helper`: publish no port; send the requests from another container, as for a remote engine.
    """

    port: int | None = None
    path: str | None = None
    timeout: float | None = None
    environment: Mapping[str, str] | None = None
    command: Sequence[str] | None = None
    hardened: bool = False
    healthcheck: bool = False
    process: bool | None = None
    shutdown: bool | None = None
    slow_path: str | None = None
    memory: str | None = None
    processes: int | None = None
    new_privileges: bool | None = None
    helper: bool = False

    def settings(self, project: Project) -> "Settings":
        """The keyword arguments of container.run, with the project's values where none are given."""
        return {
            "port": _given(self.port, project.port),
            "path": _given(self.path, project.health_path),
            "timeout": _given(self.timeout, project.patience),
            "environment": {**project.environment, **(self.environment or {})},
            "command": _given(self.command, project.command),
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


def takes(
    kind: Callable[Parameters, Options],
) -> Callable[[Callable[[Object, Options], Result]], Callable[Concatenate[Object, Parameters], Result]]:
    """A decorator: the method is called with the keyword arguments of `kind`, and receives a `kind`.

    Editors, `help` and completion in a notebook show these arguments, and `help` what they mean.
    """

    def decorate(method: Callable[[Object, Options], Result]) -> Callable[Concatenate[Object, Parameters], Result]:
        @wraps(method)
        def call(self: Object, /, *arguments: Parameters.args, **options: Parameters.kwargs) -> Result:
            return method(self, kind(*arguments, **options))

        call.__doc__ = f"{inspect.getdoc(method)}\n\n{inspect.getdoc(kind)}"
        call.__signature__ = _with_parameters(method, kind)  # type: ignore[attr-defined]
        return call

    return decorate


def _with_parameters(method: Callable[..., object], kind: Callable[..., object]) -> inspect.Signature:
    """The method's signature, with the parameters of `kind` instead of its second one."""
    own = inspect.signature(method)
    first = next(iter(own.parameters.values()))
    return own.replace(parameters=[first, *inspect.signature(kind).parameters.values()])

"""The life of one container: started, healthy, asked, ended."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Health:
    """The first good answer of /health."""

    status: int  # HTTP
    seconds_to_healthy: float  # container created already; from just before the start call to the first 200
    body: str = ""


@dataclass(frozen=True, slots=True)
class Process:
    """The container's first process as it is seen from outside the container."""

    uid: int
    gid: int
    effective_capabilities: tuple[str, ...] = ()  # "CAP_CHOWN", …


@dataclass(frozen=True, slots=True)
class Shutdown:
    """What became of the container on SIGTERM, sent while a request was in flight."""

    seconds: float  # from the signal to the exit
    exit_code: int
    request_finished: bool | None  # None: no request was in flight


@dataclass(frozen=True, slots=True)
class Run:
    """One container from start to exit. Parts that were not asked for are None."""

    health: Health
    log: str = ""
    process: Process | None = None
    shutdown: Shutdown | None = None
    memory_bytes: int | None = None  # held after the first good answer
    verdict: str | None = None  # the engine's, by the image's HEALTHCHECK: "healthy" | "unhealthy" | "starting"

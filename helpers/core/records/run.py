"""The life of one container, and what long work reports while it runs."""

from dataclasses import dataclass

# Root's default capabilities in a container: https://docs.docker.com/engine/containers/run/
DOCKERS_DEFAULT = frozenset(
    f"CAP_{name}"
    for name in (
        *("AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "NET_RAW"),
        *("SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"),
    )
)


@dataclass(frozen=True, slots=True)
class Health:
    """The first successful response of /health."""

    status: int  # HTTP
    # From just before the start call to the first 200; the container was created before. By this machine's clock, or by
    # the engine host's clock if a helper container sends the requests there (the run's notes say so).
    seconds_to_healthy: float
    body: str = ""  # at most 64 KiB of it


@dataclass(frozen=True, slots=True)
class Process:
    """The container's first process, read from outside the container."""

    uid: int
    gid: int
    effective_capabilities: tuple[str, ...] = ()  # "CAP_CHOWN", …
    possible_capabilities: tuple[str, ...] | None = None  # the bounding set, an upper limit for its child processes
    no_new_privileges: bool | None = None  # whether setuid and file capabilities are ignored

    @property
    def has_dockers_default(self) -> bool:
        """Whether its effective capabilities are Docker's defaults for root."""
        return set(self.effective_capabilities) == DOCKERS_DEFAULT


@dataclass(frozen=True, slots=True)
class Shutdown:
    """How the container reacted to SIGTERM, sent while a request was in flight."""

    seconds: float  # from signal to exit
    exit_code: int
    request_finished: bool | None  # None: no request was in flight


@dataclass(frozen=True, slots=True)
class Run:
    """One container from start to exit. What was not measured is None."""

    health: Health
    log: str = ""
    process: Process | None = None
    shutdown: Shutdown | None = None
    memory_bytes: int | None = None  # in use after the first successful response
    verdict: str | None = None  # of the image's HEALTHCHECK: "healthy" | "unhealthy" | "starting"
    notes: tuple[str, ...] = ()  # exceptions: who sent the requests, which limits the engine ignores, a second attempt
    measured_at: str = ""  # ISO 8601, UTC; "": the record is from before it was kept
    measured_in: str = ""  # another notebook's section whose measurement in the same run this is; "": measured here


@dataclass(frozen=True, slots=True)
class Progress:
    """The state of a build, a pull or a setup at one moment."""

    what: str  # the current step: "[build 4/6] RUN go mod download"
    done: int = 0  # parts done
    total: int = 0  # parts in total; 0: unknown
    detail: str = ""  # the last log line, or bytes so far

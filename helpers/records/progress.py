"""Progress of a long operation."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Progress:
    """The state of a build, a pull or a setup at one moment."""

    what: str  # the current step: "[build 4/6] RUN go mod download"
    done: int = 0  # parts done
    total: int = 0  # parts in total; 0: unknown
    detail: str = ""  # the last log line, or bytes so far

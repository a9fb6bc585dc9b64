"""What long work says of itself while it goes on."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Progress:
    """One step forward of a build, a pull or a set-up."""

    what: str  # what is being done now: "[build 4/6] RUN go mod download"
    done: int = 0  # parts done
    total: int = 0  # parts in all; 0: not known
    detail: str = ""  # the last line of its log, bytes so far

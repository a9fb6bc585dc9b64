"""A vertex: one step of a build, which is an instruction of the Dockerfile or a step of the engine's own."""

import re
from dataclasses import dataclass

# moby/buildkit frontend/dockerfile/dockerfile2llb/convert.go, prefixCommand: the platform where several are built
# for ("linux/amd64->arm64" where they differ from the target's), the stage where there are several, the position padded
# to the width of the total: "[linux/arm64 build  4/12] RUN …".
_INSTRUCTION = re.compile(
    r"\[(?:(?P<platform>[^\s\]]*/[^\s\]]*) )?(?:(?P<stage>[^\s/\]]+) )? *"
    r"(?P<position>\d+)/(?P<total>\d+)\] (?P<text>.*)",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Instruction:
    """What the name of a vertex says of an instruction: "[linux/arm64 build 4/6] RUN go build"."""

    text: str  # "RUN go build"
    position: int  # among the instructions of its stage, counted from 1
    total: int  # instructions of its stage
    stage: str = ""  # name or "stage-1"; "" where the Dockerfile has one stage
    platform: str = ""  # "linux/arm64"; "" where one platform is built for

    @property
    def keyword(self) -> str:
        """The first word in capitals, after the ONBUILD of an instruction that the base image added: "RUN"."""
        words = self.text.removeprefix("ONBUILD ").split(None, 1)
        return words[0].upper() if words else ""


def parse_name(name: str) -> Instruction | None:
    """The instruction that a vertex's name is about; None for a step of the engine's own ("[internal] load …")."""
    found = _INSTRUCTION.fullmatch(name)
    if found is None:
        return None
    position, total = int(found["position"]), int(found["total"])
    return Instruction(found["text"], position, total, found["stage"] or "", found["platform"] or "")


@dataclass(frozen=True, slots=True)
class Vertex:
    """A step as the engine last reported it. Times are the engine's clock in nanoseconds since 1970.

    Text is as the engine sent it: a build log may contain escape sequences, which a terminal obeys.
    """

    digest: str
    name: str = ""
    inputs: tuple[str, ...] = ()  # digests of the vertexes that it is built on
    started: int | None = None
    completed: int | None = None
    cached: bool = False  # FROM says so even where nothing is taken from the cache
    error: str = ""
    log: str = ""  # in a result; "" in an event

    @property
    def instruction(self) -> Instruction | None:
        """The instruction of the Dockerfile; None for a step of the engine's own."""
        return parse_name(self.name)

    @property
    def seconds(self) -> float | None:
        """Seconds from start to end; None where it never ran to its end."""
        return None if self.started is None or self.completed is None else (self.completed - self.started) / 1e9

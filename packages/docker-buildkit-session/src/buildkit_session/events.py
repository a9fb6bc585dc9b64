"""What a build reports while it runs: one class for each kind of event.

Event ─┬─ VertexAdded, VertexStarted, VertexFinished   a step is known, runs, has ended
       ├─ LogLine                                      a whole line of its log
       ├─ ByteProgress                                 bytes transferred, by it
       └─ BuildWarning                                 of a build check, with its line and its page
"""

from dataclasses import dataclass

from buildkit_session.vertex import Vertex


@dataclass(frozen=True, slots=True)
class VertexAdded:
    """The engine will need this step."""

    vertex: Vertex


@dataclass(frozen=True, slots=True)
class VertexStarted:
    """The step runs. It may start twice: BuildKit first looks for its result in the cache."""

    vertex: Vertex


@dataclass(frozen=True, slots=True)
class VertexFinished:
    """The step has ended: run, taken from the cache (`vertex.cached`) or failed (`vertex.error`)."""

    vertex: Vertex


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line that a step wrote, without its end."""

    vertex: Vertex
    text: str
    stream: int  # 1: standard output, 2: standard error


@dataclass(frozen=True, slots=True)
class ByteProgress:
    """How far one transfer of a step is: a layer that is pulled, the build context."""

    vertex: Vertex
    name: str  # "transferring context:", "sha256:…"
    current: int  # bytes
    total: int  # bytes; 0: not known
    completed: bool


@dataclass(frozen=True, slots=True)
class BuildWarning:
    """A warning by BuildKit, such as one of its build checks.

    https://docs.docker.com/reference/build-checks/
    """

    text: str  # in one line
    vertex: Vertex
    detail: tuple[str, ...] = ()
    url: str = ""  # the page that explains it
    file: str = ""  # "Dockerfile"
    line: int = 0  # counted from 1; 0: not known


Event = VertexAdded | VertexStarted | VertexFinished | LogLine | ByteProgress | BuildWarning

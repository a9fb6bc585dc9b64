"""What the engine did in one build, instruction by instruction, and the four scenarios in which it is measured."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from graphlib import TopologicalSorter

from helpers.core import vertex_names
from helpers.core.vertex_names import VertexName


class Scenario(StrEnum):
    """What has changed since the previous build.

    A cold build is `docker build --no-cache` with cache mounts of its own: every RUN, COPY and ADD is run. (An empty
    WORKDIR may still be cached: BuildKit ignores --no-cache there.)
    """

    COLD = "cold"  # nothing is cached: neither instructions nor cache mounts
    UNCHANGED = "unchanged"  # the same build again
    SOURCE_EDIT = "source-edit"  # one line of source changed, differently each time
    DEPENDENCY_EDIT = "dependency-edit"  # one module changed, differently each time


_DOWNLOADED = re.compile(r"^go: downloading \S+ \S+$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction of a Dockerfile as the engine ran it; BuildKit calls it a vertex."""

    name: str  # as BuildKit names it: "[build 4/6] RUN go mod download"
    digest: str = ""
    inputs: tuple[str, ...] = ()  # digests of the vertices that it depends on
    cached: bool | None = None  # None: neither run nor cached (FROM, or never started)
    started: float | None = None  # seconds since the build's first vertex started, by the engine's clock
    completed: float | None = None
    log: str = ""
    error: str = ""
    layer_bytes: int | None = None  # in the layer that it created; None: no layer, or size unknown

    @property
    def vertex(self) -> VertexName:
        """The parts of its name."""
        return vertex_names.parse(self.name)

    @property
    def text(self) -> str:
        """The instruction as written in the Dockerfile, "RUN go mod download"; the name of an engine's own step."""
        return self.vertex.text if self.vertex.is_instruction else self.name

    @property
    def stage(self) -> str:
        """The stage's name or number; "" if the Dockerfile has one stage."""
        return self.vertex.stage

    @property
    def position(self) -> int:
        """Its position in the stage, counted from 1; 0 for the engine's own steps."""
        return self.vertex.position

    @property
    def keyword(self) -> str:
        """The instruction's first word: "FROM", "RUN", "COPY"."""
        return self.vertex.keyword

    @property
    def seconds(self) -> float | None:
        """How long it ran, by the engine's clock; None if it did not complete."""
        if self.started is None or self.completed is None:
            return None
        return self.completed - self.started

    @property
    def modules_downloaded(self) -> int:
        """Number of modules that Go downloaded according to its log (`go mod download` itself logs none)."""
        return len(set(_DOWNLOADED.findall(self.log)))


def in_dockerfile_order(instructions: Iterable[Instruction]) -> tuple[Instruction, ...]:
    """The instructions by stage, each stage after those that it copies from, and by position in the stage.

    BuildKit reports vertexes in no fixed order: Docker Engine 20.10 happens to follow the Dockerfile, 26.1 does not.
    """
    steps = {step.digest: step for step in instructions}
    graph = {digest: [each for each in step.inputs if each in steps] for digest, step in steps.items()}
    last = {steps[digest].stage: place for place, digest in enumerate(TopologicalSorter(graph).static_order())}
    return tuple(sorted(steps.values(), key=lambda step: (last[step.stage], step.position)))


@dataclass(frozen=True, slots=True)
class BuildInput:
    """What was built, as it was sent to the engine except for stand-ins. Secret values are hidden in it."""

    file: str  # the Dockerfile's path as shown to the user: "dockerfiles/01-naive.Dockerfile"
    dockerfile: str  # its text
    dockerfile_digest: str  # "sha256:…" of the text as written; if a secret value was hidden, of the recorded text
    context_digest: str | None = None  # "sha256:…", see engine/context_digest; None: a file has changed meanwhile
    build_args: dict[str, str] = field(default_factory=dict)
    target: str = ""  # the stage; "" is the last one
    base_images: dict[str, str] = field(default_factory=dict)  # by reference: "golang@sha256:…", else ID; "": unknown
    platform: str = ""  # "linux/amd64", "linux/arm/v7"; "": unknown
    dockerfile_sent: str = ""  # the text as sent, with the names of stand-ins; "" if it is the same
    stand_ins: dict[str, str] = field(default_factory=dict)  # by the reference that each replaces in that text


@dataclass(frozen=True, slots=True)
class Build:
    """One build: what was built, its duration, its steps and the image it created."""

    scenario: str
    seconds: float  # wall time from the request to the image ID, without pulling base images
    image_id: str  # "sha256:…"
    instructions: tuple[Instruction, ...] = ()
    engine_steps: tuple[Instruction, ...] = ()  # the engine's internal steps: "[internal] load …", "exporting …"
    context_bytes: int | None = None  # bytes of files sent to the engine in this build
    warnings: tuple[str, ...] = ()
    trace_complete: bool = True  # False: the image is fine, but part of the trace could not be read
    command: str = ""  # the equivalent `docker build` command
    measured_at: str = ""  # ISO 8601, UTC
    input: BuildInput | None = None  # None: the record is from before it was kept
    measured_in: str = ""  # another notebook's section whose measurement in the same run this is; "": measured here
    notes: tuple[str, ...] = ()  # exceptions: why it was measured again

    @property
    def modules_downloaded(self) -> int:
        """Number of modules that Go downloaded according to the build log."""
        return sum(step.modules_downloaded for step in self.instructions)

    def find(self, text: str, stage: str | None = None) -> Instruction:
        """The first instruction that contains `text`, in the given stage or in any.

        Raises LookupError, listing the build's instructions, if there is none.
        """
        for step in self.instructions:
            if text in step.text and stage in (None, step.stage):
                return step
        known = "; ".join(step.text for step in self.instructions)
        raise LookupError(f"No instruction of this build contains {text!r}. Its instructions: {known}")

    def ran(self, text: str) -> bool:
        """Whether the first instruction that contains `text` was run (True) or cached (False)."""
        return self.find(text).cached is False

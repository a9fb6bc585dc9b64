"""What the engine did in one build, instruction by instruction."""

import re
from dataclasses import dataclass

# As buildkit_session.parse_name reads it, which cannot be imported here; a test compares them
_NAME = re.compile(
    r"^\[(?:[^\s\]]*/[^\s\]]* )?(?:(?P<stage>[^\s/\]]+) )? *(?P<position>\d+)/(?P<total>\d+)\] (?P<text>.*)$", re.DOTALL
)
_DOWNLOADED = re.compile(r"^go: downloading \S+ \S+$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Instruction:
    """One line of a Dockerfile as the engine carried it out; BuildKit calls it a vertex."""

    name: str  # as BuildKit names it: "[build 4/6] RUN go mod download"
    digest: str = ""
    inputs: tuple[str, ...] = ()  # digests of the vertices it stands on
    cached: bool | None = None  # None: neither ran nor cached (FROM, never started)
    started: float | None = None  # seconds since the build's first vertex started, engine's clock
    completed: float | None = None
    log: str = ""
    error: str = ""
    layer_bytes: int | None = None  # in the layer that it made; None: none, or one the engine says nothing of

    @property
    def text(self) -> str:
        """The instruction as the Dockerfile has it, "RUN go mod download"."""
        match = _NAME.match(self.name)
        return match["text"] if match else self.name

    @property
    def stage(self) -> str:
        """The stage's name or number, "" where the Dockerfile has one stage."""
        match = _NAME.match(self.name)
        return (match["stage"] or "") if match else ""

    @property
    def position(self) -> int:
        """Which of its stage's instructions it is, counted from 1; 0 for a step of the engine's own."""
        match = _NAME.match(self.name)
        return int(match["position"]) if match else 0

    @property
    def keyword(self) -> str:
        """The instruction's first word: "FROM", "RUN", "COPY"."""
        return self.text.split(" ", 1)[0].upper()

    @property
    def seconds(self) -> float | None:
        """Seconds the engine worked on it, by the engine's own clock; None where it never ran to its end."""
        if self.started is None or self.completed is None:
            return None
        return self.completed - self.started

    @property
    def modules_downloaded(self) -> int:
        """How many modules its log says Go fetched (`go mod download` itself logs none)."""
        return len(set(_DOWNLOADED.findall(self.log)))


@dataclass(frozen=True, slots=True)
class Build:
    """One build: how long, of what, and what it made."""

    scenario: str
    seconds: float  # wall, from the request to the image's identity; pulling base images is never inside
    image_id: str  # "sha256:…"
    instructions: tuple[Instruction, ...] = ()
    engine_steps: tuple[Instruction, ...] = ()  # what the engine does on its own: "[internal] load …", "exporting …"
    context_bytes: int | None = None  # bytes of files sent to the engine, this build
    warnings: tuple[str, ...] = ()
    trace_complete: bool = True  # False: the image stands, but some of the engine's account could not be read
    command: str = ""  # the `docker build` line that does the same
    measured_at: str = ""  # ISO 8601, UTC

    @property
    def modules_downloaded(self) -> int:
        """Modules that the build log says Go fetched."""
        return sum(step.modules_downloaded for step in self.instructions)

    def find(self, text: str, stage: str | None = None) -> Instruction:
        """The first instruction whose text contains `text`.

        Raises LookupError, naming what there is, where none does.
        """
        for step in self.instructions:
            if text in step.text and stage in (None, step.stage):
                return step
        known = "; ".join(step.text for step in self.instructions)
        raise LookupError(f"no instruction of this build contains {text!r}. It has: {known}")

    def ran(self, text: str) -> bool:
        """Whether the instruction was carried out (True) or taken from the cache (False)."""
        return self.find(text).cached is False

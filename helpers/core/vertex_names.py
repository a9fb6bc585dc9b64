"""BuildKit's names for the steps of a build, which it calls vertexes: "[linux/arm64 build 4/6] RUN go mod download".

The format is in prefixCommand of BuildKit's frontend/dockerfile/dockerfile2llb/convert.go. The platform is there only
if a build has several, the stage only if the Dockerfile has several. Positions are padded to the width of the total:
"[ 4/12]".
"""

import re
from dataclasses import dataclass
from functools import lru_cache

_NAME = re.compile(
    r"""\[
    (?:(?P<platform>[a-z][^\s\]/]*/[^\s\]]+)\ )?  # linux/arm64, linux/arm/v7, linux/amd64->arm64
    (?:(?P<stage>[^\s\]/]+)\ )?
    (?:(?P<internal>internal)|\ *(?P<position>\d+)/(?P<total>\d+))
    \]\ (?P<text>.*)""",
    re.VERBOSE | re.DOTALL,
)
_LOADS = "load "
_ON_BUILD = "ONBUILD "  # before an instruction that the base image's ONBUILD added


@dataclass(frozen=True, slots=True)
class VertexName:
    """The parts of a vertex's name. Only an instruction of the Dockerfile has a position."""

    text: str  # after the brackets, or the whole name if it has none: "exporting to image"
    platform: str = ""  # "linux/arm64"; "" if the build has one platform
    stage: str = ""  # its name, or "stage-1"; "" if the Dockerfile has one stage
    position: int = 0  # in the stage, from 1
    total: int = 0  # number of counted instructions in the stage
    internal: bool = False  # "[internal] load …": what the engine reads before it builds

    @property
    def is_instruction(self) -> bool:
        """Whether it is an instruction of the Dockerfile, and not one of the engine's own steps."""
        return self.position > 0

    @property
    def keyword(self) -> str:
        """The text's first word in capitals, after any ONBUILD: "FROM", "RUN", "COPY"."""
        return self.text.removeprefix(_ON_BUILD).split(" ", 1)[0].upper()

    @property
    def loads(self) -> str:
        """What an internal step loads: "build context", "build definition from Dockerfile"; "" for other steps."""
        return self.text.removeprefix(_LOADS) if self.internal and self.text.startswith(_LOADS) else ""

    @property
    def is_export(self) -> bool:
        """Whether it exports the image or the cache."""
        return not self.is_instruction and self.text.startswith("exporting")

    @property
    def exports_result(self) -> bool:
        """Whether it exports what was built ("exporting to image"): it waits for all other steps."""
        return self.is_export and self.text.startswith("exporting to")


@lru_cache(maxsize=4096)
def parse(name: str) -> VertexName:
    """The parts of the name. A name of any other form is all text."""
    found = _NAME.match(name)
    if found is None:
        return VertexName(name)
    return VertexName(
        text=found["text"],
        platform=found["platform"] or "",
        stage=found["stage"] or "",
        position=int(found["position"] or 0),
        total=int(found["total"] or 0),
        internal=found["internal"] is not None,
    )

"""Build instructions as rows of a chart: Dockerfile order, short names."""

import re
from collections.abc import Iterable, Sequence

from helpers.core.printable import label, one_line
from helpers.core.records import Build, Instruction

NAME_WIDTH = 36  # characters in a row's name
_FLAG = re.compile(r"\s--[a-z]+=\S+")  # flags of RUN and COPY, left out to keep names short


def instructions(builds: Iterable[Build]) -> list[Instruction]:
    """Each instruction of the builds once, in Dockerfile order: by stage, then by position."""
    found = {step.name: step for build in builds for step in reversed(build.instructions)}
    stages = list(dict.fromkeys(step.stage for build in builds for step in build.instructions))
    return sorted(found.values(), key=lambda step: (stages.index(step.stage), step.position))


def brief(step: Instruction) -> str:
    """The instruction without flags, prefixed with its stage, at most NAME_WIDTH characters: "build · RUN go build"."""
    text = _FLAG.sub("", step.text)
    return one_line(f"{step.stage} · {text}" if step.stage else text, NAME_WIDTH)


def row_axis(names: Sequence[str], headings: Sequence[int] = ()) -> dict[str, object]:
    """A top-down row axis, keyed by number because two rows may have the same name. Headings are bold."""
    texts = [f"<b>{label(name)}</b>" if row in headings else label(name) for row, name in enumerate(names)]
    return {
        "tickvals": list(range(len(names))),
        "ticktext": texts,
        "range": [len(names) - 0.5, -0.5],
        "showgrid": False,
        "zeroline": False,
    }

"""The instructions of builds as rows of a figure: in the Dockerfile's order, under short names."""

import re
from collections.abc import Iterable, Sequence

from helpers.records import Build, Instruction
from helpers.show.words import label, one_line

NAME_WIDTH = 36  # characters of a row's name
_FLAG = re.compile(r"\s--[a-z]+=\S+")  # of RUN and COPY: true, and in the way of what is done


def instructions(builds: Iterable[Build]) -> list[Instruction]:
    """Each instruction of the builds once, in the order of the Dockerfile: stage by stage, from FROM to the last."""
    found = {step.name: step for build in builds for step in reversed(build.instructions)}
    stages = list(dict.fromkeys(step.stage for build in builds for step in build.instructions))
    return sorted(found.values(), key=lambda step: (stages.index(step.stage), step.position))


def brief(step: Instruction) -> str:
    """The instruction in a few words, its stage in front and its flags left out: "build · RUN go mod download"."""
    text = _FLAG.sub("", step.text)
    return one_line(f"{step.stage} · {text}" if step.stage else text, NAME_WIDTH)


def row_axis(names: Sequence[str], headings: Sequence[int] = ()) -> dict[str, object]:
    """An axis of rows from the top down, by number, as two rows may have one name; headings are bold."""
    texts = [f"<b>{label(name)}</b>" if row in headings else label(name) for row, name in enumerate(names)]
    return {
        "tickvals": list(range(len(names))),
        "ticktext": texts,
        "range": [len(names) - 0.5, -0.5],
        "showgrid": False,
        "zeroline": False,
    }

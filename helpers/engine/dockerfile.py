"""Facts from a Dockerfile's text: its lines, its stages, its parent images."""

import io
import re
from typing import Any

from dockerfile_parse import DockerfileParser

from helpers.core.records import Instruction

_STAGE = re.compile(r"\sAS\s+(?P<name>\S+)\s*$", re.IGNORECASE)
# The instructions that change the file system. BuildKit counts them after the stage's FROM, as in "[build 4/6]".
_COUNTED = {"RUN", "COPY", "ADD", "WORKDIR"}


def line_of(instruction: Instruction, dockerfile: str) -> int | None:
    """The line, counted from 1, on which the instruction begins; None if unknown."""
    name = instruction.vertex
    if not name.is_instruction:
        return None
    stages = _stages(dockerfile)
    stage = name.stage or next(iter(stages), "")
    if stage not in stages:
        return None
    start, counted = stages[stage]
    # BuildKit doesn't count the FROM of a stage that starts from scratch.
    lines = ([start] if name.total > len(counted) else []) + counted
    return lines[name.position - 1] if name.position <= len(lines) else None


def line_with(text: str, dockerfile: str) -> int | None:
    """The line, counted from 1, of the first instruction that contains `text`."""
    return next((part["startline"] + 1 for part in _structure(dockerfile) if text in part["content"]), None)


def parent_images(dockerfile: str) -> list[str]:
    """The images that the stages start from, except `scratch` and other stages."""
    images = _parsed(dockerfile).parent_images
    own = {"scratch", *_stages(dockerfile)}
    return [image for image in dict.fromkeys(images) if image and image not in own]


def _parsed(dockerfile: str) -> DockerfileParser:
    return DockerfileParser(fileobj=io.StringIO(dockerfile), env_replace=False)


def _structure(dockerfile: str) -> list[Any]:
    return [part for part in _parsed(dockerfile).structure if part["instruction"] != "COMMENT"]


def _stages(dockerfile: str) -> dict[str, tuple[int, list[int]]]:
    """By BuildKit's name of the stage: the line of its FROM, and the lines of its counted instructions."""
    stages: dict[str, tuple[int, list[int]]] = {}
    name = ""
    for part in _structure(dockerfile):
        line = part["startline"] + 1
        if part["instruction"] == "FROM":
            named = _STAGE.search(part["value"])
            name = named["name"].lower() if named else f"stage-{len(stages)}"
            stages[name] = (line, [])
        elif part["instruction"] in _COUNTED and name:
            stages[name][1].append(line)
    return stages

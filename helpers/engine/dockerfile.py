"""Facts from a Dockerfile's text: its instructions, their lines, its stages."""

import io
import re
from collections.abc import Iterator, Mapping
from typing import Any

from dockerfile_parse import DockerfileParser

from helpers.core.records import Instruction

_STAGE = re.compile(r"\sAS\s+(?P<name>\S+)\s*$", re.IGNORECASE)
# The instructions that change the file system. BuildKit counts them after the stage's FROM, as in "[build 4/6]".
_COUNTED = {"RUN", "COPY", "ADD", "WORKDIR"}

_WITH_DOCUMENTS = {"RUN", "COPY", "ADD"}
_HERE_DOCUMENT = re.compile(r"\s\d*<<(?P<tabs>-?)(?P<quote>[\"']?)(?P<end>[A-Za-z_]\w*)(?P=quote)(?=\s|$)")


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
    return next((part["startline"] + 1 for part in structure(dockerfile) if text in part["content"]), None)


def structure(dockerfile: str) -> Iterator[Mapping[str, Any]]:
    """The instructions as dockerfile-parse reads them, without comments and the lines of here-documents."""
    lines, last = dockerfile.split("\n"), -1
    text = io.StringIO(without_byte_order_mark(dockerfile))
    for part in DockerfileParser(fileobj=text, env_replace=False).structure:
        if part["instruction"] != "COMMENT" and part["startline"] > last:
            part["instruction"] = part["instruction"].rstrip("\\`")  # the line may continue right after the keyword
            yield part
            last = _end(part, lines)


def without_byte_order_mark(dockerfile: str) -> str:
    """The text with a space in the place of a byte order mark, which BuildKit ignores and dockerfile-parse doesn't."""
    return f" {dockerfile[1:]}" if dockerfile.startswith("\ufeff") else dockerfile


def _end(part: Mapping[str, Any], lines: list[str]) -> int:
    """The number of the instruction's last line, or of the last line of its here-documents."""
    last = int(part["endline"])
    for document in _HERE_DOCUMENT.finditer(part["content"]) if part["instruction"] in _WITH_DOCUMENTS else ():
        ends = (document["end"], f"{document['end']}\r")
        rest = (line.lstrip("\t") if document["tabs"] else line for line in lines[last + 1 :])
        last = next((number for number, line in enumerate(rest, last + 1) if line in ends), last)
    return last


def _stages(dockerfile: str) -> dict[str, tuple[int, list[int]]]:
    """By BuildKit's name of the stage: the line of its FROM, and the lines of its counted instructions."""
    stages: dict[str, tuple[int, list[int]]] = {}
    name = ""
    for part in structure(dockerfile):
        line = part["startline"] + 1
        if part["instruction"] == "FROM":
            named = _STAGE.search(part["value"])
            name = named["name"].lower() if named else f"stage-{len(stages)}"
            stages[name] = (line, [])
        elif part["instruction"] in _COUNTED and name:
            stages[name][1].append(line)
    return stages

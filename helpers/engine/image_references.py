"""The images that a Dockerfile names: where, and the same text with other images in their places."""

import io
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from docker.errors import InvalidRepository
from dockerfile_parse.util import WordSplitter

from helpers.engine.dockerfile import structure, without_byte_order_mark
from helpers.engine.image_source import full, normal

_SCRATCH = "scratch"
_FROM = re.compile(r"\s*FROM(?:\s+--\S+)*\s+(?P<image>[^\s-]\S*)(?:\s+AS\s+(?P<stage>\S+))?\s*", re.IGNORECASE)
_FLAGS = re.compile(r"\s*\w+(?:\s+--\S+)*")  # an instruction's keyword and flags
_COPIED = re.compile(r"\s--from=(?P<image>\S+)", re.IGNORECASE)
_MOUNTED = re.compile(r"\s--mount=(?:[^\s,]+,)*?from=(?P<image>[^\s,]+)", re.IGNORECASE)
_NAMED_IN_FLAGS = {"COPY": _COPIED, "ADD": _COPIED, "RUN": _MOUNTED}
# https://docs.docker.com/reference/dockerfile/#environment-replacement
_VARIABLE = re.compile(r"\$(?:(?P<plain>\w+)|\{(?P<name>\w+)(?:(?P<form>:?[-+])(?P<word>[^{}]*))?\})")
_CONTINUED = re.compile(r"[\\`]\s*$")
_COMMENT = re.compile(r"\s*#")


@dataclass(frozen=True, slots=True)
class ImageReference:
    """An image that a Dockerfile names."""

    image: str  # with the values of build arguments: "golang:1.19-bullseye"
    start: int  # its place in the text, in characters
    end: int
    is_parent: bool  # whether a stage starts from it; otherwise, files are copied or mounted from it


def parent_images(dockerfile: str, build_args: Mapping[str, str] | None = None) -> list[str]:
    """The images that the stages start from, except `scratch` and other stages."""
    named = image_references(dockerfile, build_args or {})
    return [*dict.fromkeys(each.image for each in named if each.is_parent)]


def image_references(dockerfile: str, build_args: Mapping[str, str]) -> list[ImageReference]:
    """Every image that the Dockerfile names, in its order: in FROM, `COPY --from` and `RUN --mount=…,from=`.

    Names of stages, comments, strings and here-documents are none. Build arguments count in FROM only, as in BuildKit.
    """
    arguments: dict[str, str] = {}
    stages: list[str] = []
    found: list[ImageReference] = []
    for part in structure(dockerfile):
        if part["instruction"] == "ARG" and not stages:
            _declare(part["value"], arguments, build_args)
        elif match := _from(part, dockerfile):
            found += _parent(match, _expanded(match["image"], arguments), stages)
            stages.append((match["stage"] or "").lower())
        else:
            found += _in_flags(part, dockerfile)
    return [each for each in found if each.is_parent or not _is_stage(each.image, stages)]


def with_images(dockerfile: str, images: Mapping[str, str], build_args: Mapping[str, str]) -> str:
    """The Dockerfile with some of its images replaced; everything else stays where it is, line for line."""
    for each in reversed(image_references(dockerfile, build_args)):
        name = images.get(each.image)
        dockerfile = dockerfile[: each.start] + name + dockerfile[each.end :] if name else dockerfile
    return dockerfile


def place_of(name: str, dockerfile: str, build_args: Mapping[str, str]) -> tuple[str, int | None]:
    """The image that BuildKit's trace calls `name`, as the Dockerfile names it, and its line counted from 1.

    The name itself and None if the Dockerfile has no such image.
    """
    for each in image_references(dockerfile, build_args):
        with suppress(InvalidRepository):
            if full(normal(each.image)) == name:
                return each.image, dockerfile.count("\n", 0, each.start) + 1
    return name, None


def _from(part: Mapping[str, Any], dockerfile: str) -> re.Match[str] | None:
    return _FROM.fullmatch(*_span(part, dockerfile)) if part["instruction"] == "FROM" else None


def _parent(match: re.Match[str], image: str, stages: Iterable[str]) -> Iterator[ImageReference]:
    """The image of a FROM, which only stages before it can hide."""
    if image and image != _SCRATCH and image.lower() not in stages:
        yield ImageReference(image, *match.span("image"), is_parent=True)


def _in_flags(part: Mapping[str, Any], dockerfile: str) -> Iterator[ImageReference]:
    if named := _NAMED_IN_FLAGS.get(part["instruction"]):
        text, start, end = _span(part, dockerfile)
        flags = _FLAGS.match(text, start, end)
        for match in named.finditer(text, start, flags.end() if flags else start):
            yield ImageReference(match["image"], *match.span("image"), is_parent=False)


def _is_stage(name: str, stages: list[str]) -> bool:
    return name.isdecimal() or name == _SCRATCH or name.lower() in stages


def _span(part: Mapping[str, Any], dockerfile: str) -> tuple[str, int, int]:
    """A text in which the instruction is one line, in the same place as in the Dockerfile; its start and its end."""
    text = without_byte_order_mark(dockerfile)
    lines = io.StringIO(text).readlines()  # as the parser counts them: only a newline ends a line
    first, last = part["startline"], part["endline"]
    start = sum(map(len, lines[:first]))
    flat = "".join([*(_flat(line) for line in lines[first:last]), lines[last]])
    return " " * start + flat, start, start + len(flat)


def _flat(line: str) -> str:
    """The line without its comment, continuation or line end; as long as before."""
    kept = "" if _COMMENT.match(line) else _CONTINUED.sub("", line)
    return kept.ljust(len(line))


def _declare(value: str, arguments: dict[str, str], build_args: Mapping[str, str]) -> None:
    """Adds the build arguments that an ARG declares, with their values; those without a value are left out."""
    for word in WordSplitter(value).split():
        name, equals, default = str(word).partition("=")
        if equals or name in build_args:
            arguments[name] = build_args.get(name, _expanded(default, arguments))


def _expanded(word: str, arguments: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda match: _value(match, arguments), word).replace('"', "").replace("'", "")


def _value(match: re.Match[str], arguments: Mapping[str, str]) -> str:
    """The value of $NAME, ${NAME}, ${NAME:-word} or ${NAME:+word}."""
    value, form = arguments.get(match["plain"] or match["name"]), match["form"] or ""
    is_set = bool(value) if form.startswith(":") else value is not None
    if form.endswith("+"):
        return match["word"] if is_set else ""
    return (value or "") if is_set or not form else match["word"]

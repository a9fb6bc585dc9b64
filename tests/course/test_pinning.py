"""Pinning replaces a base image's tag with the engine's digest and changes nothing else."""

from types import SimpleNamespace
from typing import cast

import pytest

from helpers import standins
from helpers.core.errors import BaseImageError
from helpers.core.records import BaseImage
from helpers.course import opening
from helpers.measure.experiment import Experiment

DIGEST = "golang@sha256:" + "a" * 64


@pytest.fixture(autouse=True)
def _one_image_with_and_one_without_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    known = (BaseImage("golang", "", "local"), BaseImage("golang:1.19-bullseye", DIGEST, "registry"))
    monkeypatch.setattr(standins, "present", lambda client: known)


def _subject(dockerfile: str) -> Experiment:
    return cast(Experiment, SimpleNamespace(client=None, dockerfile=dockerfile))


def test_every_stage_that_starts_from_the_tag_is_pinned() -> None:
    text = "FROM golang:1.19-bullseye AS build\nRUN go version\nFROM golang:1.19-bullseye\nCOPY --from=build /a /a\n"
    assert opening.pinned(_subject(text)) == text.replace("golang:1.19-bullseye", DIGEST)


def test_scratch_stages_and_comments_are_not_changed() -> None:
    text = "# golang:1.19-bullseye\nFROM golang:1.19-bullseye AS golang\nFROM scratch\nCOPY --from=golang /a /a\n"
    pinned = opening.pinned(_subject(text))
    assert pinned == text.replace("FROM golang:1.19-bullseye", f"FROM {DIGEST}")


def test_an_image_without_a_digest_cannot_be_pinned() -> None:
    with pytest.raises(BaseImageError, match="no digest for golang"):
        opening.pinned(_subject("FROM golang\n"))

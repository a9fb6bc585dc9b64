"""What a complete run measures beyond what a section's aims need."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from helpers.course.outcome import CourseRun
from helpers.course.section import Section
from helpers.engine.images import SMALL
from helpers.records import Image, Packages

Opened = Callable[..., Section]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Grows each time that a section looks for packages."""
    asked: list[str] = []
    monkeypatch.setattr(Section, "packages", property(lambda section: asked.append(section.experiment.name)))
    return asked


@pytest.fixture
def opened(course_run: CourseRun, tmp_path: Path) -> Opened:
    """A section of which all is measured but its packages."""

    def make(size: int, packages: Packages | None = None, scenarios: str = "all") -> Section:
        measured = replace(course_run.records["09-cache-mount"].measurement, packages=packages)
        subject: Any = SimpleNamespace(
            name="09", dockerfile="", measurement=measured, image=Image("sha256:c", size, size)
        )
        return Section(subject, (), tmp_path / "none.Dockerfile", scenarios)

    return make


def test_the_rest_looks_for_packages_where_the_image_is_small(opened: Opened, asked: list[str]) -> None:
    opened(SMALL).rest()
    assert asked == []
    opened(SMALL - 1).rest()
    assert asked == ["09"]


def test_what_was_looked_for_is_not_looked_for_again(opened: Opened, asked: list[str]) -> None:
    opened(1, Packages()).rest()
    assert asked == []


def test_where_not_all_is_asked_for_nothing_is_measured(
    opened: Opened, asked: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    opened(1, scenarios="aims").rest()
    assert asked == [] and 'scenarios = "all"' in capsys.readouterr().out

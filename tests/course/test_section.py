"""What a complete run measures beyond what a section's aims need."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from helpers.course import opening
from helpers.course import section as section_module
from helpers.course.bench import Bench
from helpers.course.outcome import CourseRun
from helpers.course.section import Section
from helpers.records import Contents, Packages
from helpers.records.errors import ContainerError, WorkbookError

Opened = Callable[..., Section]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Grows each time that a section looks for packages."""
    asked: list[str] = []
    monkeypatch.setattr(Section, "packages", property(lambda section: asked.append(section.experiment.name)))
    return asked


class Sought(SimpleNamespace):
    """A subject on a machine without Syft, which counts how often packages are sought."""

    @property
    def packages(self) -> None:
        self.sought += 1


@pytest.fixture
def opened(course_run: CourseRun, tmp_path: Path) -> Opened:
    """A section of which all is measured but its packages."""

    def make(scenarios: str = "all", **known: Packages | Contents | None) -> Section:
        measured = replace(course_run.records["09-cache-mount"].measurement, **{"packages": None, **known})
        subject: Any = Sought(name="09", dockerfile="", measurement=measured, sought=0)
        return Section(subject, (), tmp_path / "none.Dockerfile", scenarios)

    return make


def test_the_rest_looks_for_packages(opened: Opened, asked: list[str]) -> None:
    opened().rest()
    assert asked == ["09"]


def test_they_are_looked_for_with_the_contents_where_all_is_measured(
    opened: Opened, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Bench, "contents", None)
    for known, scenarios, times in ((None, "all", 1), (Contents(1, 1, 1), "all", 0), (None, "aims", 0)):
        section = opened(scenarios=scenarios, contents=known)
        _ = section.contents
        assert section.experiment.sought == times
    assert "Syft" not in capsys.readouterr().out  # whoever asks for packages themselves is told


def test_what_was_looked_for_is_not_looked_for_again(opened: Opened, asked: list[str]) -> None:
    opened(packages=Packages()).rest()
    assert asked == []


def test_where_not_all_is_asked_for_nothing_is_measured(
    opened: Opened, asked: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    opened("aims").rest()
    assert asked == [] and 'scenarios = "all"' in capsys.readouterr().out


def test_variants_are_completed_once_the_claims_are_proved(
    opened: Opened, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    done: list[str] = []

    def complete(bench: Bench) -> None:
        done.append(bench.experiment.name)
        if bench.experiment.name == "never-starts":
            raise ContainerError("It ended at once.")

    monkeypatch.setattr(Bench, "complete", complete)
    monkeypatch.setattr(Section, "_save", lambda section: None)
    monkeypatch.setattr(section_module, "claims_of", lambda name: ())
    for scenarios in ("aims", "all", "variants"):
        section = opened(scenarios)
        section.experiment.variants = {name: SimpleNamespace(name=name) for name in ("never-starts", "starts")}
        section.check()
    assert done == ["never-starts", "starts"]
    assert capsys.readouterr().out == "never-starts: It ended at once.\n"


def test_an_unknown_word_for_the_scenarios_is_refused() -> None:
    with pytest.raises(WorkbookError, match="al1") as caught:
        opening._opened(SimpleNamespace(), (), Path(), "al1", 1)  # type: ignore[arg-type]
    assert caught.value.hint == "set one of these: aims, all, variants"

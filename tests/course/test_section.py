"""What `scenarios` makes a section measure beyond its aims."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from helpers.core.errors import ContainerError, WorkbookError
from helpers.core.records import Contents, Packages
from helpers.course import opening
from helpers.course import section as section_module
from helpers.course.section import ExperimentView, Section
from helpers.runner.outcome import CourseRun

Opened = Callable[..., Section]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The sections that list packages, in order."""
    asked: list[str] = []
    monkeypatch.setattr(Section, "packages", property(lambda section: asked.append(section.experiment.name)))
    return asked


class SubjectStub(SimpleNamespace):
    """A subject on a machine without Syft; counts how often packages are requested."""

    @property
    def packages(self) -> None:
        self.requests += 1


@pytest.fixture
def opened(course_run: CourseRun, tmp_path: Path) -> Opened:
    """A factory for a section with all measurements except its packages."""

    def make(scenarios: str = "all", **known: Any) -> Section:
        measured = replace(course_run.records["09-cache-mount"].measurement, **{"packages": None, **known})
        subject: Any = SubjectStub(name="09", dockerfile="", measurement=measured, requests=0)
        return Section(subject, (), tmp_path / "none.Dockerfile", scenarios)

    return make


def test_rest_lists_packages(opened: Opened, asked: list[str]) -> None:
    opened().rest()
    assert asked == ["09"]


def test_packages_are_listed_with_the_contents_unless_only_aims_are_measured(
    opened: Opened, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(ExperimentView, "contents", None)
    for known, scenarios, times in ((None, "all", 1), (Contents(1, 1, 1), "all", 0), (None, "aims", 0)):
        section = opened(scenarios=scenarios, contents=known)
        _ = section.contents
        assert vars(section.experiment)["requests"] == times
    assert "Syft" not in capsys.readouterr().out  # the message is only for users who request packages


def test_listed_packages_are_not_listed_again(opened: Opened, asked: list[str]) -> None:
    opened(packages=Packages()).rest()
    assert asked == []


def test_with_aims_only_rest_measures_nothing(
    opened: Opened, asked: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    opened("aims").rest()
    assert asked == [] and 'scenarios = "all"' in capsys.readouterr().out


def test_variants_are_measured_after_the_claims_are_checked(
    opened: Opened, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    done: list[str] = []

    def complete(view: ExperimentView) -> None:
        done.append(view.experiment.name)
        if view.experiment.name == "never-starts":
            raise ContainerError("It ended at once.")

    monkeypatch.setattr(ExperimentView, "complete", complete)
    monkeypatch.setattr(Section, "_save", lambda section: None)
    monkeypatch.setattr(section_module, "claims_of", lambda name: ())
    for scenarios in ("aims", "all", "variants"):
        section = opened(scenarios)
        variants: Any = {name: SimpleNamespace(name=name) for name in ("never-starts", "starts")}
        section.experiment.variants = variants
        section.check()
    assert done == ["never-starts", "starts"]
    assert capsys.readouterr().out == "never-starts: It ended at once.\n"


def test_an_invalid_value_for_scenarios_is_an_error() -> None:
    with pytest.raises(WorkbookError, match="al1") as caught:
        opening._opened(SimpleNamespace(), (), Path(), "al1", 1)  # type: ignore[arg-type]
    assert caught.value.hint == "Use one of these: aims, all, variants."

"""What a section measures beyond its aims, when it reads its Dockerfile, and what its help shows."""

import inspect
import pydoc
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell

from helpers.core.errors import ClaimsFailed, ContainerError, WorkbookError
from helpers.core.records import Build, Contents, Packages, Run, Scenario
from helpers.course import opening
from helpers.course import section as section_module
from helpers.course.claims import exercises_of, guesses_of
from helpers.course.guesses import Guess
from helpers.course.measured import MeasuredDockerfile
from helpers.course.reporter import Reporter
from helpers.course.section import Section
from helpers.course.sections import SectionFiles
from helpers.course.subject import Subject, subject_of
from helpers.engine import images
from helpers.measure.claims import Claim
from helpers.measure.experiment import Experiment
from helpers.measure.facts import Facts
from helpers.measure.run_options import RunOptions
from helpers.measure.store import Store
from helpers.runner.outcome import CourseRun

SCREEN = 60  # lines
COLUMNS = 120
NO_ENGINE: Any = None  # the tests replace whatever needs one
Opened = Callable[..., Section]


@pytest.fixture(autouse=True)
def listed(monkeypatch: pytest.MonkeyPatch, course_run: CourseRun) -> list[str]:
    """The experiments that list packages, in order, on a machine without Syft."""
    listed: list[str] = []
    monkeypatch.setattr(Experiment, "packages", lambda experiment: listed.append(experiment.name))
    monkeypatch.setattr(Experiment, "ready", lambda experiment: None)
    monkeypatch.setattr(section_module, "describe", lambda client: course_run.records["09-cache-mount"].engine)
    return listed


@pytest.fixture
def opened(course_run: CourseRun, tmp_path: Path) -> Opened:
    """A factory for section 09 with all facts except its packages, and with a Dockerfile in a folder of its own."""
    files = SectionFiles(tmp_path / "notebooks/09-cache-mount.ipynb", tmp_path / "dockerfiles")
    files.dockerfile.parent.mkdir()
    files.dockerfile.write_text("FROM golang\n")
    known = course_run.records["09-cache-mount"].measurement
    builds = {Scenario(scenario): (build,) for scenario, build in known.builds.items()}
    facts = Facts(builds=builds, image=known.image, contents=known.contents, run=known.run)

    def make(scenarios: str = "all", **other: Packages | Contents | None) -> Section:
        subject = subject_of(NO_ENGINE, files)
        subject.experiment.facts = replace(facts, **other)  # type: ignore[arg-type]
        return Section(subject, Reporter(), Store(tmp_path / "store"), scenarios)

    return make


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch, course_run: CourseRun) -> list[str]:
    """The Dockerfiles that are built, in order."""
    built: list[str] = []
    build = course_run.records["09-cache-mount"].measurement.builds["source-edit"]

    def once(experiment: Experiment, scenario: str, afresh: bool) -> Build:
        built.append(experiment.dockerfile)
        return replace(build, scenario=scenario)

    monkeypatch.setattr(Experiment, "once", once)
    return built


def test_rest_lists_packages(opened: Opened, listed: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    opened().rest()
    assert listed == ["09-cache-mount"]
    assert "Syft is not available" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("known", "scenarios", "times"), [(None, "all", 1), (Contents(1, 1, 1), "all", 0), (None, "aims", 0)]
)
def test_packages_are_listed_with_the_contents_unless_only_aims_are_measured(
    opened: Opened,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    listed: list[str],
    known: Contents | None,
    scenarios: str,
    times: int,
) -> None:
    monkeypatch.setattr(Experiment, "contents", lambda experiment: Contents(1, 1, 1))
    opened(scenarios, contents=known).contents()
    assert len(listed) == times
    assert "Syft" not in capsys.readouterr().out  # the message is only for users who request packages


def test_listed_packages_are_not_listed_again(opened: Opened, listed: list[str]) -> None:
    opened(packages=Packages()).rest()
    assert listed == []


def test_with_aims_only_rest_measures_nothing(
    opened: Opened, listed: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    opened("aims").rest()
    assert listed == [] and 'scenarios = "all"' in capsys.readouterr().out


def test_variants_are_measured_after_the_claims_are_checked(
    opened: Opened, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    done: list[str] = []

    def complete(measured: MeasuredDockerfile) -> None:
        done.append(measured.experiment.name)
        if measured.experiment.name == "never-starts":
            raise ContainerError("It ended at once.")

    monkeypatch.setattr(MeasuredDockerfile, "complete", complete)
    monkeypatch.setattr(section_module, "claims_of", lambda name: ())
    for scenarios in ("aims", "all", "variants"):
        section = opened(scenarios)
        for name in ("never-starts", "starts"):
            section.variant(name)
        section.check()
    assert done == ["never-starts", "starts"]
    assert capsys.readouterr().out == "never-starts: It ended at once.\n"


def test_a_program_of_its_own_is_no_form_of_the_image_to_measure_or_record(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    monkeypatch.setattr(MeasuredDockerfile, "complete", lambda measured: done.append(measured.experiment.name))
    monkeypatch.setattr(section_module, "claims_of", lambda name: ())
    section = opened("variants")
    section.subject.files.dockerfile.with_name("09-cache-mount.probe").mkdir()
    section.variant("probe", "FROM scratch\n")
    section.variant("another", "FROM scratch\n")
    section.check()
    assert done == [variant.name for variant in section.record().variants] == ["another"]


def test_an_invalid_value_for_scenarios_is_an_error() -> None:
    with pytest.raises(WorkbookError, match="al1") as caught:
        opening._opened(SimpleNamespace(), (), "al1", 1)  # type: ignore[arg-type]
    assert caught.value.hint == "Use one of these: aims, all, variants."


def test_an_edited_dockerfile_is_read_by_the_next_build(opened: Opened, built: list[str]) -> None:
    section = opened()
    variant = section.variant("other", "FROM scratch\n")
    section.subject.files.dockerfile.write_text("FROM golang:1.19\n")
    assert section.dockerfile == "FROM golang\n" and section.experiment.facts.image
    section.build("source-edit")
    assert built == ["FROM golang:1.19\n"] and section.dockerfile == "FROM golang:1.19\n"
    assert section.experiment.facts.image is None, "the measurements of the old Dockerfile are forgotten"
    assert section.variant("other").experiment is not variant.experiment


def test_an_unchanged_dockerfile_keeps_its_facts(opened: Opened, built: list[str]) -> None:
    section = opened()
    section.build("source-edit")
    assert section.experiment.facts.image and list(section.experiment.facts.builds) == [*Scenario]


def test_a_check_is_about_the_dockerfile_as_it_is_now(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(section_module, "claims_of", lambda name: ())
    section = opened()
    section.subject.files.dockerfile.write_text("FROM golang:1.19\n")
    section.check()
    assert section.dockerfile == "FROM golang:1.19\n" and section.experiment.facts == Facts()


def test_a_variant_is_read_again_when_it_is_built(opened: Opened, built: list[str]) -> None:
    section = opened()
    path = section.subject.files.dockerfiles / "09-cache-mount.mine.Dockerfile"
    path.write_text("FROM golang\n")
    section.variant("mine").build("source-edit")
    path.write_text("FROM golang:1.19\n")
    section.variant("mine").build("source-edit")
    assert built == ["FROM golang\n", "FROM golang:1.19\n"]


def test_a_variant_of_another_text_replaces_the_earlier_one(opened: Opened) -> None:
    subject = opened().subject
    first = subject.variant("mine", "FROM golang\n")
    assert subject.variant("mine") is subject.variant("mine", "FROM golang\n") is first
    assert subject.variant("mine", "FROM scratch\n") is not first
    assert subject.variant("mine").dockerfile == "FROM scratch\n"


def test_a_run_passes_each_option_on(
    opened: Opened, monkeypatch: pytest.MonkeyPatch, course_run: CourseRun, capsys: pytest.CaptureFixture[str]
) -> None:
    given: list[RunOptions] = []
    known = course_run.records["09-cache-mount"].measurement.run

    def run(experiment: Experiment, options: RunOptions) -> Run | None:
        given.append(options)
        return known

    monkeypatch.setattr(Experiment, "run", run)
    monkeypatch.setenv("WORKBOOK_PUBLISH", "127.0.0.1")
    section = opened()
    every: dict[str, Any] = {
        "port": 1,
        "path": "/ready",
        "timeout": 2.0,
        "environment": {"A": "b"},
        "command": ("c",),
        "hardened": True,
        "healthcheck": True,
        "process": False,
        "shutdown": False,
        "slow_path": "/slow",
        "memory": "1g",
        "processes": 3,
        "new_privileges": True,
        "helper": True,
    }
    for dockerfile in (section, section.variant("mine", "FROM golang\n")):
        dockerfile.run()
        dockerfile.run(**every)
    assert given == [RunOptions(), RunOptions(**every)] * 2
    printed = capsys.readouterr().out
    assert printed.count("docker run ") == 4 and printed.count("curl ") == 2  # a helper asks where no port is published
    assert {*vars(RunOptions())} == {*every}


@pytest.mark.parametrize("kind", [Section, MeasuredDockerfile])
def test_help_and_completion_show_every_option_of_a_run(kind: type[Section | MeasuredDockerfile]) -> None:
    shell = InteractiveShell()
    shell.user_ns["thing"] = kind.__new__(kind)
    options = inspect.signature(RunOptions).parameters
    listed = inspect.signature(kind.run).parameters
    assert [*listed.values()] == [listed["self"], *options.values()]
    help_text = pydoc.plain(pydoc.render_doc(kind.run))
    assert [name for name in options if f"`{name}`" not in help_text] == []
    assert len(help_text.splitlines()) <= SCREEN
    with provisionalcompleter():
        completions = {each.text for each in shell.Completer.completions("thing.run(", len("thing.run("))}
    assert {f"{name}=" for name in options} <= completions


def test_an_unknown_option_of_a_run_is_an_error(opened: Opened) -> None:
    with pytest.raises(TypeError, match="prot"):
        opened().run(prot=1)  # type: ignore[call-arg]


@pytest.mark.parametrize("name", ["section", "variant"])
def test_help_fits_on_a_screen(opened: Opened, name: str) -> None:
    section = opened()
    thing = section if name == "section" else section.variant("mine", "FROM golang\n")
    lines = pydoc.plain(pydoc.render_doc(thing)).splitlines()
    assert len(lines) <= SCREEN and max(map(len, lines)) <= COLUMNS
    public = [each for each in vars(type(thing)) if not each.startswith("_")]
    listed = [line for line in lines if line.startswith("      .")]
    assert [line.split()[0].partition("(")[0] for line in listed] == [f".{each}" for each in public]
    assert [line for line in listed if not line.endswith((".", "…"))] == [], "each has a sentence"


def test_every_public_name_of_a_section_is_documented_and_typed() -> None:
    for kind in (Section, MeasuredDockerfile, Subject, Reporter):
        for name, member in vars(kind).items():
            if not name.startswith("_") and callable(member):
                assert member.__doc__, name
                assert "Any" not in str(member.__annotations__.values()), name


ASKED = Guess("size", "How large is it?", lambda subject: 20.0, "MB")


def test_a_guess_is_compared_and_summed_up(
    opened: Opened, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(section_module, "guesses_of", lambda name: (ASKED,))
    section = opened()
    section.guess("size")
    section.answer("size")
    section.guesses()
    assert capsys.readouterr().out.splitlines() == [
        "How large is it?",
        'To guess, call section.guess("size", …) with your answer.',
        "How large is it? 20 MB.",
        "You made no guesses in this section.",
    ]
    fresh = opened()
    fresh.guess("size", 10)
    fresh.guesses()
    assert capsys.readouterr().out.endswith("not measured yet\n")
    section.guess("size", 10)
    section.answer("size")
    section.guesses()
    printed = capsys.readouterr().out
    assert "Saved your guess: 10 MB." in printed and "20 MB. You guessed 10 MB: 2.0× too low." in printed
    assert re.split(" {2,}", printed.splitlines()[-1]) == ["How large is it?", "10 MB", "20 MB"]


@pytest.mark.parametrize("call", ["guess", "answer", "exercise"])
def test_an_unknown_question_or_exercise_is_an_error_that_lists_the_known_ones(opened: Opened, call: str) -> None:
    with pytest.raises(WorkbookError, match=r"no (question|exercise) 'sise'") as caught:
        getattr(opened(), call)("sise")
    known = {each.name for each in guesses_of("09")} | {each.name for each in exercises_of("09")}
    assert {*caught.value.hint.removeprefix("Use one of: ").removesuffix(".").split(", ")} <= known


@pytest.mark.parametrize(
    ("section", "says", "hint"),
    [("08", "several exercises", "Use one of: "), ("13", "no exercise", "clinic.case(")],
)
def test_an_exercise_that_is_not_the_only_one_needs_its_name(
    opened: Opened, monkeypatch: pytest.MonkeyPatch, section: str, says: str, hint: str
) -> None:
    monkeypatch.setattr(section_module, "exercises_of", lambda name: exercises_of(section))
    with pytest.raises(WorkbookError, match=says) as caught:
        opened().exercise()
    assert hint in caught.value.hint


def test_failed_claims_of_your_own_project_are_not_about_the_courses_dockerfile(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    own = SectionFiles(tmp_path / "notebooks/12-your-own-dockerfile.ipynb", tmp_path / "dockerfiles")
    monkeypatch.setattr(section_module, "claims_of", lambda name: (Claim("It answers.", lambda subject: False),))
    with pytest.raises(ClaimsFailed, match="1 of the section's claims failed:") as caught:
        Section(subject_of(NO_ENGINE, own), Reporter(), Store(tmp_path / "store")).check()
    assert "course's own" not in caught.value.hint and "run the check again" in caught.value.hint


def test_an_exercise_remembers_the_hints_it_gave(opened: Opened, capsys: pytest.CaptureFixture[str]) -> None:
    section = opened()
    name = exercises_of("09")[0].name
    section.exercise(name).hint()
    section.exercise(name).hint()
    assert [line.partition(" of ")[0] for line in capsys.readouterr().out.splitlines()] == ["Hint 1", "Hint 2"]


def test_the_difference_of_a_variant_is_from_the_section_itself(opened: Opened) -> None:
    section = opened()
    section.variant("mine", "FROM golang\nRUN true\n")
    section.subject.files.dockerfile.with_name("08-metadata.Dockerfile").write_text("FROM scratch\n")
    mine = str(section.difference("mine"))
    assert mine.splitlines()[-1] == "+ RUN true" and "FROM scratch" not in mine
    assert "− FROM scratch\n+ FROM golang" in str(section.difference())


def test_the_sdk_finds_the_image_by_its_tag(opened: Opened) -> None:
    assert opened().image_tag == "dockerfile-workbook/09-cache-mount"


def test_the_facts_of_repeated_builds_have_the_median(course_run: CourseRun) -> None:
    build = course_run.records["09-cache-mount"].measurement.builds["cold"]
    builds = [replace(build, seconds=seconds) for seconds in (3.0, 1.0, 2.0, 4.0)]
    facts = Facts().with_builds(Scenario.COLD, builds)
    assert facts.build(Scenario.COLD) is builds[2]
    assert facts.measurement("x").repeats == {"cold": (3.0, 1.0, 2.0, 4.0)}
    assert Facts().with_builds(Scenario.COLD, builds[:1]).measurement("x").repeats == {}
    with pytest.raises(WorkbookError, match="0 builds"):
        facts.with_builds(Scenario.COLD, [])


def test_a_known_image_is_not_inspected_again(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "inspect", None)
    section = opened()
    assert section.image() is section.experiment.facts.image

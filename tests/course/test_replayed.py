"""A section in a replay names the recording, and its checks prove nothing about this machine."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from helpers import standins
from helpers.core.errors import ClaimsFailed, WorkbookError
from helpers.core.records import BaseImage, Check, Replay, Scenario
from helpers.course import opening, replayed
from helpers.course import section as section_module
from helpers.course.reporter import OF_A_RECORDING, Reporter
from helpers.course.section import Section
from helpers.measure.claims import Claim
from helpers.measure.facts import Facts
from helpers.measure.store import Store
from helpers.runner.outcome import CourseRun
from tests.fixtures.replays import RECORDED, SENTENCE

NO_ENGINE: Any = None
IMAGE = BaseImage("golang:1.19-bullseye", "", "stand-in")
OF_THE_RECORDING = OF_A_RECORDING.format(day="2026-11-20")


@pytest.fixture(autouse=True)
def without_engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(standins, "ensure", lambda client, **_: (IMAGE,))
    monkeypatch.setenv("WORKBOOK_RESULTS", str(tmp_path / "results"))


def opened(repeats: int = 1) -> Section:
    return opening.open_section(NO_ENGINE, "09-cache-mount", repeats=repeats)


def claimed(monkeypatch: pytest.MonkeyPatch, *proved: bool) -> None:
    """Gives the section these claims."""
    proofs: list[Callable[[object], bool]] = [
        (lambda subject: True) if fact else (lambda subject: False) for fact in proved
    ]
    claims = [Claim(f"Claim {number}.", proof, "") for number, proof in enumerate(proofs, 1)]
    monkeypatch.setattr(section_module, "claims_of", lambda name: claims)


def test_opening_a_section_says_what_is_replayed_and_forecasts_nothing(
    replay: Replay, capsys: pytest.CaptureFixture[str]
) -> None:
    opened()
    first, base = capsys.readouterr().out.splitlines()
    assert first == SENTENCE
    assert base == "recording's stand-in base image, made on its machine: golang:1.19-bullseye"


def test_its_record_is_of_the_recordings_day_machine_and_engine(replay: Replay) -> None:
    record = opened().record()
    assert (record.recorded, record.measured_at) == (True, RECORDED)
    assert (record.machine, record.engine) == (replay.machine, replay.engine)
    assert [image.recorded for image in record.base_images] == [RECORDED]


def test_every_chart_names_the_day_engine_and_machine(replay: Replay, course_run: CourseRun) -> None:
    section = opened()
    known = course_run.records["09-cache-mount"].measurement
    builds = {Scenario(scenario): (build,) for scenario, build in known.builds.items()}
    section.experiment.facts = Facts(builds=builds, image=known.image, contents=known.contents, run=known.run)
    assert known.contents
    charts = [
        *(section.sizes(), section.times(), section.life(), section.overview(), section.composition()),
        *(section.attack_surface(), section.section_changes(), section.cache_map()),
        *(section.charts.inside(known.contents), section.charts.timeline(known.builds)),
    ]
    for chart in charts:
        assert "recorded on 2026-11-20, Docker Engine 28.5.2, Elsewhere, 8 cores" in str(chart.table)


def test_a_check_says_that_it_is_of_a_recording(
    replay: Replay, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    claimed(monkeypatch, True, True)
    section = opened()
    capsys.readouterr()
    section.check()
    assert capsys.readouterr().out == f"✓ Claim 1.\n✓ Claim 2.\n{OF_THE_RECORDING}\n"
    assert [check.recorded for check in section.record().checks] == [True, True]


def test_a_claim_that_is_false_in_the_recording_fails(
    replay: Replay, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    claimed(monkeypatch, True, False)
    section = opened()
    with pytest.raises(ClaimsFailed, match=r"1 of the section's claims failed"):
        section.check()
    assert capsys.readouterr().out.endswith(f"✗ Claim 2.\n{OF_THE_RECORDING}\n")


def test_what_a_replay_stores_is_not_among_this_machines_results(
    replay: Replay, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    claimed(monkeypatch, True)
    opened().check()
    assert list(Store().latest()) == ["09-cache-mount"]
    assert Store(tmp_path / "results" / "store.sqlite3").latest() == {}


def test_a_build_cant_be_repeated(replay: Replay) -> None:
    with pytest.raises(WorkbookError, match="repeats is 3") as caught:
        opened(repeats=3)
    assert caught.value.hint == "Set repeats = 1."


def test_no_time_of_this_machine_is_forecast(replay: Replay, capsys: pytest.CaptureFixture[str]) -> None:
    Reporter().at_most("01-naive", 30.0)
    assert capsys.readouterr().out == ""


def test_an_answer_and_an_exercise_name_the_day(replay: Replay, capsys: pytest.CaptureFixture[str]) -> None:
    reporter = Reporter(replayed.dated([replace(IMAGE, source="registry")]))
    reporter.answer("How large?", "17 MB", "")
    reporter.attempt("Make it small.", True, "17 MB", "20 MB")
    assert capsys.readouterr().out.count("(recorded on 2026-11-20)") == 2


def test_with_an_engine_nothing_is_said_of_a_recording(capsys: pytest.CaptureFixture[str]) -> None:
    Reporter().checks([Check("It runs.", True)])
    Reporter().at_most("01-naive", 30.0)
    assert capsys.readouterr().out.splitlines()[0] == "✓ It runs."
    assert replayed.current() is None and replayed.dated([IMAGE]) == (IMAGE,)
    assert "recording" not in capsys.readouterr().out

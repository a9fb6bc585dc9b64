"""The forecast of a command's time, and the line of each step."""

import json
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar
from urllib.parse import quote

import pytest

from helpers.core import foreground, section_times
from helpers.core.endpoint import Address
from helpers.core.paths import RUN_LOCK, TEST_LOCK, cache_folder
from helpers.setup import daemon, environment, forecast, handover, probe
from helpers.setup.forecast import CACHED, ENGINE, IMAGES, MADE, PACKAGES, PULLED, Needs
from helpers.setup.probe import Speed
from helpers.standins import stand_in_cache
from helpers.standins.recipes import RECIPES, recipe_of
from tests.standins.layouts import small_layout

SECTIONS = ["01-naive", "02-pin-base-image"]


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with the packages and an empty cache folder, whose engine isn't probed."""
    monkeypatch.setenv("WORKBOOK_RESULTS", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("WORKBOOK_CACHE", raising=False)
    monkeypatch.setattr(environment, "is_ready", lambda lock: True)
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    monkeypatch.setattr(probe, "measure", lambda *_: pytest.fail("The machine was probed."))


def as_fast_as_the_reference(monkeypatch: pytest.MonkeyPatch, factor: float = 1.0, registry: bool = False) -> None:
    cpu = section_times.load().bytes_per_second * factor
    monkeypatch.setattr(probe, "measure", lambda *_: Speed(cpu, 100e6, 10e6, registry))


def need(monkeypatch: pytest.MonkeyPatch, needs: Needs) -> None:
    monkeypatch.setattr(forecast, "needs", lambda lock, with_engine: needs)


def test_own_times_are_taken_without_a_probe(capsys: pytest.CaptureFixture[str]) -> None:
    for name, seconds in zip(SECTIONS, (100.0, 200.0), strict=True):
        section_times.note("all", name, seconds)
    plan = forecast.begin(RUN_LOCK, SECTIONS)
    assert capsys.readouterr().out == "About 5 min on this machine: 2 sections 5 min.\n"
    assert plan.sections.expected == dict(zip(SECTIONS, (100.0, 200.0), strict=True))


def test_the_sections_that_passed_before_the_interruption_are_not_counted(capsys: pytest.CaptureFixture[str]) -> None:
    for name, seconds in zip(SECTIONS, (100.0, 200.0), strict=True):
        section_times.note("all", name, seconds)
    plan = forecast.begin(RUN_LOCK, [*SECTIONS, "99-new"], done={SECTIONS[0], "99-new"})
    assert capsys.readouterr().out == "About 3 min on this machine: 1 of 3 sections 3 min.\n"
    assert plan.steps.expected == {forecast.name_of([*SECTIONS, "99-new"], {SECTIONS[0], "99-new"}): 200.0}
    assert list(plan.sections.expected) == SECTIONS  # it may turn out to start over


def test_nothing_is_forecast_if_every_section_has_passed(capsys: pytest.CaptureFixture[str]) -> None:
    section_times.note("all", SECTIONS[0], 100.0)
    assert forecast.begin(RUN_LOCK, SECTIONS[:1], done=SECTIONS[:1]).steps.expected == {}
    assert capsys.readouterr().out == ""


def test_the_references_times_are_scaled_by_the_probe(monkeypatch: pytest.MonkeyPatch) -> None:
    as_fast_as_the_reference(monkeypatch, 0.5)
    slow = forecast.begin(RUN_LOCK, SECTIONS).sections.expected
    reference = section_times.load().seconds["all"]
    assert slow == {name: pytest.approx(2 * reference[name]) for name in SECTIONS}


def test_a_machine_where_everything_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    as_fast_as_the_reference(monkeypatch)
    need(monkeypatch, Needs(RUN_LOCK, "install", tuple(MADE)))
    plan = forecast.begin(RUN_LOCK, SECTIONS)
    line = capsys.readouterr().out
    assert list(plan.steps.expected) == [PACKAGES, ENGINE, IMAGES, "2 sections"]
    assert (
        f"({environment.SIZES[RUN_LOCK].fetched / 1e6:.0f} MB)" in line and "(532 MB)" in line and line.count("\n") == 1
    )
    with plan.step(PACKAGES):
        pass
    with plan.step(ENGINE):
        pass
    output = capsys.readouterr().out.splitlines()
    assert output[0].startswith(f"Step 1 of 4: {PACKAGES} (about ") and output[0].endswith(" left in total)")
    assert output[1].startswith(f"Step 2 of 4: {ENGINE} (about ")


@pytest.mark.parametrize("lock", [RUN_LOCK, TEST_LOCK])
def test_packages_have_the_size_that_their_installation_says(lock: Path) -> None:
    cost = Needs(lock).costs(registry=False)[PACKAGES]
    assert (cost.fetched, cost.written) == environment.SIZES[lock]


def test_images_are_pulled_if_a_registry_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    need(monkeypatch, Needs(images=("golang",)))
    as_fast_as_the_reference(monkeypatch, registry=True)
    (pulled,) = forecast.begin(RUN_LOCK).steps.expected.values()
    as_fast_as_the_reference(monkeypatch)
    (made,) = forecast.begin(RUN_LOCK).steps.expected.values()
    assert pulled < made


def test_images_in_the_cache_folder_are_not_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    (folder := cache_folder()).mkdir()
    recipe = recipe_of("golang:1.19-bullseye")
    stand_in_cache.keep(folder, recipe, "amd64", small_layout(tmp_path_factory.mktemp("layout")).folder)

    costs = Needs(images=tuple(MADE)).costs(registry=False)

    assert costs[IMAGES] == MADE["golang"] + CACHED["golang:1.19-bullseye"]


def test_what_could_not_be_probed_gets_a_usual_speed() -> None:
    assert 0.1 < forecast.Cost(10_000_000, 100_000_000, 0.0).on(Speed(1.0, None)) < 60.0


def test_nothing_is_said_if_nothing_takes_time(capsys: pytest.CaptureFixture[str]) -> None:
    plan = forecast.begin(RUN_LOCK)
    with plan.step(PACKAGES), plan.step(IMAGES):
        pass
    assert capsys.readouterr().out == ""


def test_an_unknown_time_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    section_times.note("all", "01-naive", 100.0)
    forecast.begin(RUN_LOCK, ["01-naive", "99-new"])
    assert " 2 min. Not included, because no time is known yet: 99-new." in capsys.readouterr().out


def test_a_step_of_unknown_time_has_no_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    as_fast_as_the_reference(monkeypatch)
    need(monkeypatch, Needs(images=("golang",)))
    plan = forecast.begin(RUN_LOCK, [forecast.TESTS])
    line = capsys.readouterr().out
    assert line.endswith(f" MB). Not included, because no time is known yet: {forecast.TESTS}.\n")
    with plan.step(IMAGES), plan.step(forecast.TESTS):
        pass
    assert capsys.readouterr().out == ""


def test_a_command_that_starts_over_goes_on_with_its_plan(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    as_fast_as_the_reference(monkeypatch)
    need(monkeypatch, Needs(RUN_LOCK))
    first = forecast.begin(RUN_LOCK, SECTIONS)
    with first.step(PACKAGES):
        capsys.readouterr()
        began = first.steps.began
        start_over(monkeypatch)
        again = forecast.begin(RUN_LOCK, SECTIONS)
    assert again.steps.expected == first.steps.expected and again.steps.began == began
    with again.step(PACKAGES):
        pass
    assert capsys.readouterr().out == ""
    with again.step("2 sections"):
        pass
    assert capsys.readouterr().out.startswith("Step 2 of 2: 2 sections")


def start_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the process finds that the command started over in; nothing may be probed in it."""
    for name, value in handover.variables().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(probe, "measure", lambda *_: pytest.fail("The machine was probed again."))


def test_a_command_that_starts_over_outside_of_a_step_prints_no_second_forecast(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    as_fast_as_the_reference(monkeypatch)
    first = forecast.begin(RUN_LOCK, SECTIONS)
    capsys.readouterr()
    with first.step(PACKAGES):  # isn't a step: the packages are there, but the command continues in `.venv`
        start_over(monkeypatch)
    again = forecast.begin(RUN_LOCK, SECTIONS)
    assert again == first and capsys.readouterr().out == ""


@pytest.mark.parametrize("system", ["linux", "win32"])
def test_the_command_in_the_projects_environment_gets_the_plan(system: str, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[dict[str, str]] = []
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(environment, "in_own_venv", lambda: False)
    monkeypatch.setattr(environment, "is_held_here", lambda lock: False)
    monkeypatch.setattr(os, "execve", lambda program, command, variables: started.append(variables))
    monkeypatch.setattr(foreground, "run", lambda command, environment: started.append(environment))
    handover.register(lambda: "the plan")
    with suppress(SystemExit):
        environment.enter(["run"], yes=False)
    monkeypatch.setattr(os, "environ", started[0])
    assert handover.take() == "the plan"


def test_what_a_step_starts_does_not_inherit_the_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    as_fast_as_the_reference(monkeypatch)
    before = dict(os.environ)
    with forecast.begin(RUN_LOCK, SECTIONS).step("2 sections"):
        assert dict(os.environ) == before


LABEL = "dockerfile-workbook.stand-in=golang:1.19-bullseye"
STAND_IN = f"/images/json?filters={quote(json.dumps({'label': [LABEL]}))}"


class Engine(BaseHTTPRequestHandler):
    """An engine that has one base image from a registry and a stand-in for the other."""

    known: ClassVar = {"/_ping": b"OK", "/images/golang/json": b'{"Id": "sha256:1"}', STAND_IN: b'[{"Id": "sha256:2"}]'}
    lacking: ClassVar[set[str]] = set()

    def do_GET(self) -> None:
        body = b"[]" if self.path in self.lacking else self.known.get(self.path)
        self.send_response(200 if body else 404)
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, *_: object) -> None:
        """Prints nothing."""


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Engine) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        address = f"tcp://127.0.0.1:{server.server_port}"
        monkeypatch.setenv("DOCKER_HOST", address)
        yield address
        server.shutdown()


def test_an_engine_with_the_base_images_needs_nothing(engine: str) -> None:
    assert forecast.needs(RUN_LOCK, with_engine=True) == Needs()


def test_a_base_image_that_is_missing_is_needed(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Engine, "lacking", {STAND_IN})
    assert forecast.needs(RUN_LOCK, with_engine=True) == Needs(images=("golang:1.19-bullseye",))
    assert forecast.needs(RUN_LOCK, with_engine=False) == Needs()


def test_images_that_turn_out_to_be_there_are_no_step(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    as_fast_as_the_reference(monkeypatch)
    need(monkeypatch, Needs(None, "start", tuple(MADE)))
    plan = forecast.begin(RUN_LOCK)
    plan.correct_images(engine)
    assert list(plan.steps.expected) == [ENGINE]


def test_without_an_engine_it_is_installed_with_its_images(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forecast, "find", lambda: Address("unix:///nowhere/docker.sock", "default socket"))
    monkeypatch.setattr(daemon, "program", lambda: None)
    assert forecast.needs(RUN_LOCK, with_engine=True) == Needs(None, "install", tuple(MADE))
    monkeypatch.setattr(daemon, "program", lambda: "/usr/sbin/dockerd")
    assert forecast.needs(RUN_LOCK, with_engine=True).engine == "start"


def test_an_engine_elsewhere_is_not_installed() -> None:
    assert forecast.needs(RUN_LOCK, with_engine=True) == Needs()


def test_the_sizes_of_base_images_are_those_of_the_recipes() -> None:
    assert {recipe.reference: (recipe.download_bytes, recipe.image_bytes) for recipe in RECIPES} == {
        reference: (cost.fetched, cost.written) for reference, cost in MADE.items()
    }
    assert {recipe.reference: recipe.pull_bytes for recipe in RECIPES} == {
        reference: cost.fetched for reference, cost in PULLED.items()
    }

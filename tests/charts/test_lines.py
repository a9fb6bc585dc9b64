"""One-line summaries; each names a stand-in it depends on."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from bs4 import BeautifulSoup

from helpers.charts import notes
from helpers.charts.lines import (
    build_line,
    cached_line,
    checks_lines,
    engine_line,
    image_line,
    repeats_line,
    replay_line,
    run_line,
)
from helpers.core.records import (
    BaseImage,
    Build,
    Check,
    Engine,
    Health,
    Image,
    Instruction,
    Layer,
    Machine,
    Process,
    Replay,
    Run,
    Shutdown,
)
from helpers.core.records.run import DOCKERS_DEFAULT

STAND_IN = [BaseImage("golang", "localhost:5000/golang@sha256:" + "a" * 64, "stand-in")]
PULLED = [BaseImage("golang", "golang@sha256:" + "b" * 64, "registry")]
LOG = "go: downloading a v1\ngo: downloading b v1\n"
BUILD = Build(
    "cold",
    14.94,
    "sha256:1",
    (
        Instruction("FROM golang"),
        Instruction("WORKDIR /app", cached=True),
        Instruction("COPY . .", cached=False),
        Instruction("RUN go build", cached=False, log=LOG),
    ),
    context_bytes=12_345,
)
IMAGE = Image("sha256:1", 1_152_300_000, 1_175_400_000, layers=(Layer("x", 1), Layer("y", 1)))


def test_a_build() -> None:
    expected = "cold build: 14.9 s · 2 instructions ran, 1 cached · 12.3 kB of context sent · 2 modules downloaded"
    assert build_line(BUILD) == expected


def test_a_build_that_could_use_the_cache() -> None:
    assert cached_line("01", BUILD) == "01: built in 14.9 s · 2 instructions ran, 1 cached"
    cached = Build("ready", 0.3, "sha256:1", (Instruction("COPY . .", cached=True),))
    assert cached_line("01", cached) == "01: built in 0.30 s · all of it from the cache"


def test_a_build_with_an_incomplete_trace_has_no_counts() -> None:
    line = build_line(Build("cold", 1.0, "sha256:1", BUILD.instructions, trace_complete=False))
    assert "could not be read" in line
    assert "ran" not in line
    cached = cached_line("01", Build("ready", 1.0, "sha256:1", (), trace_complete=False))
    assert cached == f"01: built in 1.0 s · {notes.INCOMPLETE_TRACE}"


def test_an_image_has_both_sizes() -> None:
    assert image_line(IMAGE) == "image: 1,152 MB (reported by the engine: 1,175 MB) · 2 layers · runs as root"
    assert image_line(Image("", 1, 1, user="1001:1001")).endswith("runs as 1001:1001")
    assert "· about 6.9 MB to transfer ·" in image_line(Image("", 16_800_000, 16_800_000, 6_912_345))


def test_a_run() -> None:
    run = Run(Health(200, 0.0312), process=Process(1001, 1001), shutdown=Shutdown(0.21, 0, True), verdict="healthy")
    assert run_line(run) == (
        "container: first 200 after 0.03 s · uid 1001, gid 1001, no capabilities · health status healthy"
        " · ended 0.21 s after SIGTERM with exit code 0, the request in flight was finished"
    )
    assert run_line(Run(Health(200, 23.7))) == "container: first 200 after 23.7 s"


def test_one_capability_is_singular() -> None:
    process = Process(0, 0, ("CAP_CHOWN",))
    assert run_line(Run(Health(200, 1.0), process=process)).endswith("uid 0, gid 0, 1 capability")


def test_dockers_default_capabilities_are_named() -> None:
    process = Process(0, 0, tuple(sorted(DOCKERS_DEFAULT)))
    assert run_line(Run(Health(200, 1.0), process=process)).endswith("14 capabilities (Docker's default)")


@pytest.mark.parametrize(("seconds", "ago"), [(0, "0 s"), (59, "59 s"), (61, "1 min"), (240, "4 min"), (-5, "0 s")])
def test_what_another_section_measured_says_when_and_where(seconds: int, ago: str) -> None:
    at = (datetime.now(UTC) - timedelta(seconds=seconds)).isoformat()
    words = f" · measured {ago} ago in section 05"
    build = replace(BUILD, measured_at=at, measured_in="05-separate-stages")
    assert build_line(build) == build_line(BUILD) + words
    assert cached_line("01", build) == cached_line("01", BUILD) + words
    assert repeats_line(build, [1.0, 2.0]) == repeats_line(BUILD, [1.0, 2.0]) + words
    run = Run(Health(200, 23.7), measured_at=at, measured_in="05-separate-stages")
    assert run_line(run) == f"container: first 200 after 23.7 s{words}"


def test_notes_of_a_build_are_shown() -> None:
    assert build_line(replace(BUILD, notes=("measured again",))).endswith("2 modules downloaded · measured again")


def test_notes_of_a_run_are_shown() -> None:
    run = Run(Health(200, 1.0), notes=("asked by a helper", "without a network of its own"))
    assert run_line(run).endswith("1.0 s · asked by a helper · without a network of its own")


def test_an_engine_has_its_address_and_who_chose_it() -> None:
    engine = Engine("unix:///run/docker.sock", "28.5.2", "overlay2", "arm64", chosen_by="DOCKER_HOST")
    assert engine_line(engine) == "Docker Engine 28.5.2 at unix:///run/docker.sock (by DOCKER_HOST), overlay2, arm64"
    assert (
        engine_line(engine, STAND_IN).splitlines()[1]
        == f"{notes.STAND_IN}, made on this machine: golang sha256:aaaaaaaaaaaa"
    )
    assert engine_line(engine, PULLED).splitlines()[1] == "base image: from its registry: golang sha256:bbbbbbbbbbbb"


def test_opening_a_section_names_machine_and_n_in_full() -> None:
    line = engine_line(Engine("unix:///x", "28.5.2", "overlay2", "arm64"), STAND_IN, "Debian, 2 cores", 3)
    assert line.splitlines()[2:] == [
        "this machine: Debian, 2 cores",
        "n = 3: each build is measured 3 times, with its median",
    ]
    assert all(fact in line.html for fact in line.splitlines())
    assert engine_line(Engine("", "", "", ""), machine="x", repeats=1).endswith(notes.ONCE)


def test_each_summary_is_one_sentence_that_unfolds_to_the_other_facts() -> None:
    sentences = {
        build_line(BUILD, STAND_IN): "Cold build: 14.9 s; 2 instructions ran, 1 cached.",
        image_line(IMAGE, STAND_IN): "The image has 1,152 MB and runs as root.",
        run_line(Run(Health(200, 1.0)), STAND_IN): "First 200 after 1.0 s.",
    }
    for line, sentence in sentences.items():
        page = BeautifulSoup(line.html, "html.parser")
        assert page.select("details > summary")[0].text == sentence
        assert page.select("li [role=note]")[0]["title"] == notes.bases(STAND_IN)[0]


def test_each_proved_claim_links_the_page_that_documents_it() -> None:
    checks = [Check("It <runs>.", True, source="https://docs.docker.com/a?b&c"), Check("It stops.", False)]
    line = checks_lines(checks)
    page = BeautifulSoup(line.html, "html.parser")
    assert line == "✓ It <runs>.\n✗ It stops."
    assert [link["href"] for link in page.select("a")] == ["https://docs.docker.com/a?b&c"]
    assert [sign["aria-label"] for sign in page.select("[role=img]")] == ["passed", "failed"]
    assert page.find("runs") is None


@pytest.mark.parametrize("base, named", [(STAND_IN, True), (PULLED, False), ([], False)])
def test_every_line_names_the_stand_in_it_depends_on(base: Sequence[BaseImage], named: bool) -> None:
    lines = [
        build_line(BUILD, base),
        image_line(IMAGE, base),
        run_line(Run(Health(200, 1.0)), base),
    ]
    assert {notes.STAND_IN in line for line in lines} == {named}


def test_a_check_shows_why_it_does_not_apply_and_with_details_what_was_found() -> None:
    checks = [Check("A.", False, "2 ran."), Check("B.", False, "no RUN.", applies=False)]
    assert str(checks_lines(checks)) == "✗ A.\n– B.\n  Doesn't apply: no RUN."
    line = checks_lines(checks, details=True)
    assert str(line).startswith("✗ A.\n  2 ran.\n– B.") and "2 ran." in line.html


def test_every_line_and_its_sentence_has_the_day_of_a_recording() -> None:
    base = [replace(image, recorded="2026-11-23T07:00:00+00:00") for image in STAND_IN]
    for line in (build_line(BUILD, base), image_line(IMAGE, base), run_line(Run(Health(200, 1.0)), base)):
        assert line.endswith(f"· {notes.STAND_IN}, recorded on 2026-11-23")
        page = BeautifulSoup(line.html, "html.parser")
        assert page.select("details > summary")[0].text.endswith(". Recorded on 2026-11-23.")
    assert cached_line("01", BUILD, base).endswith("recorded on 2026-11-23")


def test_a_replay_names_the_recording_and_says_that_nothing_is_measured() -> None:
    engine, machine = Engine("unix:///x", "28.5.2", "overlay2", "arm64"), Machine("Debian, 2 cores", "", "arm64", 2, 0)
    base = [replace(image, recorded="2026-11-23T07:00:00+00:00") for image in STAND_IN]
    line = replay_line(Replay("2026-11-23T07:00:00+00:00", engine, machine), base)
    assert line.splitlines() == [
        "Replay: recorded on 2026-11-23 with Docker Engine 28.5.2, overlay2, arm64, on Debian, 2 cores. "
        "Nothing is measured on this machine.",
        "recording's stand-in base image, made on its machine: golang sha256:aaaaaaaaaaaa",
    ]
    assert all(fact in line.html.replace("&#x27;", "'") for fact in line.splitlines())

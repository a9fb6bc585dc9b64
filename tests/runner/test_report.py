"""The report shows the results and their provenance, loads nothing external, and its charts are drawn in a browser."""

import os
import re
import shutil
import subprocess
import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from plotly.offline import get_plotlyjs  # type: ignore[import-untyped]

from helpers.charts import notes
from helpers.core.masking import MASK
from helpers.core.paths import PROJECT
from helpers.core.records import SectionRecord
from helpers.engine.build_input import text_digest
from helpers.runner import report
from helpers.runner.outcome import CourseRun, Outcome
from helpers.setup import browser
from tests.fixtures.course_runs import DOCKERFILE, STAND_IN, without_input
from tests.fixtures.replays import SENTENCE

HOSTILE = "</script><script>alert(1)</script><img src=x> \x1b]0;owned\x07\x9b2J"


@pytest.fixture(scope="module")
def others(course_run: CourseRun) -> list[SectionRecord]:
    """The baseline's record of a section that this run did not measure."""
    return [replace(course_run.records["04-copy-go-mod-first"], section="01-naive", baseline=True)]


@pytest.fixture(scope="module")
def page(course_run: CourseRun, others: list[SectionRecord]) -> BeautifulSoup:
    return BeautifulSoup(report.render(course_run, others), "html.parser")


def text_of(page: BeautifulSoup, section: str) -> str:
    found = page.find(id=section)
    assert found is not None
    return " ".join(found.get_text(" ").split())


def test_every_section_is_listed_with_its_status(page: BeautifulSoup, course_run: CourseRun) -> None:
    for outcome in course_run.outcomes:
        assert outcome.status in text_of(page, outcome.section)
        assert page.find("a", href=f"#{outcome.section}")
        assert page.find("a", href=f"notebooks/{outcome.section}.ipynb")


def test_passed_sections_are_counted(page: BeautifulSoup) -> None:
    assert "1 of 3 sections passed" in page.get_text()


def test_a_failure_is_shown_with_its_cell_and_message(page: BeautifulSoup) -> None:
    text = text_of(page, "09-cache-mount")
    assert "Cell 9 failed: section.check()" in text
    assert "ClaimsFailed: 1 of 2 <claims> → Look." in text


def test_claims_are_shown_with_their_detail_and_source(page: BeautifulSoup) -> None:
    text = text_of(page, "04-copy-go-mod-first")
    assert "✓ The image holds one file & no shell." in text
    assert "✗ Nothing is <downloaded>." in text
    assert "– An edit leaves it cached. (doesn't apply)" in text and "there is no RUN." in text
    assert "2 modules were" in text
    assert page.find("a", href="https://go.dev/ref/mod")


def shown_dockerfile(page: BeautifulSoup, section: str) -> str:
    found = page.select_one(f'[id="{section}"] pre code')
    assert found is not None
    return found.get_text()


def with_dockerfile(record: SectionRecord, text: str) -> SectionRecord:
    """The record as if its builds had been given that Dockerfile."""
    builds = {
        name: replace(
            build,
            input=replace(
                build.input, dockerfile=text, dockerfile_digest=text_digest(text), dockerfile_sent="", stand_ins={}
            ),
        )
        for name, build in record.measurement.builds.items()
        if build.input
    }
    return replace(record, measurement=replace(record.measurement, builds=builds))


def test_the_dockerfile_is_the_one_that_was_built_and_a_later_change_is_noted(page: BeautifulSoup) -> None:
    file = PROJECT / "dockerfiles" / "09-cache-mount.Dockerfile"
    assert shown_dockerfile(page, "09-cache-mount") == DOCKERFILE != file.read_text()
    assert report.CHANGED_SINCE.format(file="dockerfiles/09-cache-mount.Dockerfile") in text_of(page, "09-cache-mount")


def with_hostile_instructions(record: SectionRecord) -> SectionRecord:
    """The record as if the name of every instruction contained markup and escape sequences."""
    builds = {
        name: replace(
            build, instructions=tuple(replace(each, name=f"{each.name} {HOSTILE}") for each in build.instructions)
        )
        for name, build in record.measurement.builds.items()
    }
    return replace(record, measurement=replace(record.measurement, builds=builds))


@pytest.fixture(scope="module")
def unusual_html(course_run: CourseRun) -> str:
    """A page without stand-ins: an unchanged Dockerfile (04), one with a hidden secret (09), and none recorded (11)."""
    images = tuple(replace(image, source="registry") for image in course_run.base_images)
    first, second = (replace(record, base_images=images) for record in course_run.records.values())
    text = (PROJECT / "dockerfiles" / f"{first.section}.Dockerfile").read_text()
    records = [
        with_hostile_instructions(with_dockerfile(first, text)),
        with_dockerfile(second, f"FROM scratch\nENV T={MASK}\n"),
        without_input(replace(second, section="11-finish-the-job")),
    ]
    by_section = {record.section: record for record in records}
    return report.render(replace(course_run, base_images=images, records=by_section))


@pytest.fixture(scope="module")
def unusual_page(unusual_html: str) -> BeautifulSoup:
    return BeautifulSoup(unusual_html, "html.parser")


@pytest.fixture(scope="module")
def unmeasured_page(course_run: CourseRun) -> BeautifulSoup:
    """The page of a run that measured nothing."""
    return BeautifulSoup(report.render(replace(course_run, records={}, engine=None, base_images=())), "html.parser")


def test_an_unchanged_dockerfile_has_no_note(unusual_page: BeautifulSoup) -> None:
    text = (PROJECT / "dockerfiles" / "04-copy-go-mod-first.Dockerfile").read_text()
    assert shown_dockerfile(unusual_page, "04-copy-go-mod-first") == text
    assert "has changed since" not in text_of(unusual_page, "04-copy-go-mod-first")


def test_a_dockerfile_with_a_hidden_secret_is_not_compared(unusual_page: BeautifulSoup) -> None:
    assert MASK in shown_dockerfile(unusual_page, "09-cache-mount")
    assert "has changed since" not in text_of(unusual_page, "09-cache-mount")


@pytest.mark.parametrize("page_name", ["unusual_page", "unmeasured_page"])
def test_without_a_recorded_dockerfile_the_current_one_is_shown_with_a_note(
    page_name: str, request: pytest.FixtureRequest
) -> None:
    section, page = "11-finish-the-job", request.getfixturevalue(page_name)
    assert shown_dockerfile(page, section) == (PROJECT / "dockerfiles" / f"{section}.Dockerfile").read_text()
    assert report.NOT_RECORDED in text_of(page, section)


def test_what_was_built_is_shown(page: BeautifulSoup) -> None:
    text = text_of(page, "04-copy-go-mod-first")
    for fact in (
        f"dockerfiles/04-copy-go-mod-first.Dockerfile {text_digest(DOCKERFILE)}",
        f"Build context sha256:{'c' * 64}",
        f"golang:1.19-bullseye {STAND_IN.digest}",
        "tools digest unknown",
        f"Stand-in for golang:1.19-bullseye {STAND_IN.name}",
        f"Dockerfile as it was sent to the engine FROM {STAND_IN.name} COPY . .",
        "Build argument MODE dev",
        "Platform linux/amd64",
    ):
        assert fact in text
    assert "Target" not in text


def test_the_dockerfile_of_a_variant_is_shown(page: BeautifulSoup) -> None:
    assert "Dockerfile of mount-on-download-only FROM golang" in text_of(page, "09-cache-mount")


def test_variants_have_their_own_row(page: BeautifulSoup) -> None:
    assert re.search(r"mount-on-download-only 16\.8 18\.5", text_of(page, "09-cache-mount"))


def test_machine_engine_and_base_images_are_named(page: BeautifulSoup, course_run: CourseRun) -> None:
    text = page.get_text()
    assert "Debian GNU/Linux 12, 2 cores, 24 GB" in text
    assert "20.10.24, storage overlay2" in text
    for image in course_run.base_images:
        assert image.digest in text


def test_a_stand_in_is_named_with_every_table(page: BeautifulSoup) -> None:
    regions = page.select("div.scroll")
    assert len(regions) == len(page.select("table")) == 17
    assert all(notes.STAND_IN in region.get_text() for region in regions)


def test_no_stand_in_is_named_for_registry_images(unusual_html: str) -> None:
    assert "stand-in" not in unusual_html.lower()


def test_baseline_values_are_marked(page: BeautifulSoup) -> None:
    row = next(row for row in page.select("tbody tr") if "01-naive" in row.get_text())
    assert notes.BASELINE_MARK in row.get_text()


def test_nothing_external_is_loaded(page: BeautifulSoup) -> None:
    assert page.find_all(["link", "iframe", "img", "object", "embed"]) == []
    assert [script for script in page.find_all("script") if script.get("src")] == []
    assert "@import" not in str(page.find("style"))
    assert "url(" not in str(page.find("style"))


def test_a_run_without_measurements_has_a_page(unmeasured_page: BeautifulSoup) -> None:
    assert unmeasured_page.select(".plot") == []
    assert "The kernel died." in text_of(unmeasured_page, "11-finish-the-job")


def drawn(html: str, folder: Path) -> BeautifulSoup:
    """The page after its scripts have run in a browser without a network."""
    (folder / "report.html").write_text(html, encoding="utf-8")
    found = browser.find()
    assert found, "no browser: `python3 -m helpers test --yes` installs one"
    isolated = ["unshare", "-n"] if shutil.which("unshare") and os.geteuid() == 0 else []
    options = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        f"--user-data-dir={folder / 'profile'}",
        "--host-resolver-rules=MAP * ~NOTFOUND",
        "--proxy-server=127.0.0.1:9",
        "--virtual-time-budget=20000",
        "--dump-dom",
    ]
    command = [*isolated, found, *options, (folder / "report.html").as_uri()]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return BeautifulSoup(answer.stdout, "html.parser")


@pytest.mark.machine
def test_a_browser_without_a_network_draws_every_chart(
    course_run: CourseRun, others: list[SectionRecord], tmp_path: Path
) -> None:
    records = [*course_run.records.values(), *others]
    figures = {chart.name: chart.chart.figure for chart in report.charts_of(records, course_run.statuses)}
    parts = [report.Part(Outcome(record.section, 1.0), None, record) for record in course_run.records.values()]
    figures |= {chart.name: chart.chart.figure for part in parts for chart in part.charts}
    page = drawn(report.render(course_run, others), tmp_path)
    for name, figure in figures.items():
        plot = page.find(id=f"chart-{name}")
        assert plot is not None
        bars = [trace for trace in figure.data if trace.type == "bar"]
        assert len(plot.select(".barlayer .trace.bars")) == len(bars)
        assert len(plot.select(".barlayer .trace.bars .point")) == sum(len(trace.x) for trace in bars)
        assert len(plot.select(".heatmaplayer .hm")) == sum(trace.type == "heatmap" for trace in figure.data)
        assert len(plot.select(".treemaplayer .trace")) == sum(trace.type == "treemap" for trace in figure.data)
        assert figure.data


def test_markup_and_escape_sequences_in_instructions_are_escaped(unusual_html: str) -> None:
    text = unusual_html.replace(get_plotlyjs(), "")
    assert "<script>alert" not in text and "<img" not in text
    assert "&lt;script&gt;alert" in text and not [
        letter for letter in text if unicodedata.category(letter) == "Cc" and letter != "\n"
    ]


def test_a_replay_is_never_shown_as_proved(replayed_run: CourseRun) -> None:
    page = BeautifulSoup(report.render(replayed_run), "html.parser")
    banner = next(note.get_text(" ") for note in page.select("p.note") if "Replay" in note.get_text())
    assert SENTENCE in banner and "prove nothing" in banner
    assert page.select("h1")[0].get_text() == report.TITLE_OF_REPLAY
    assert "1 of 3 sections replayed" in page.get_text() and "Replayed on" in page.get_text()
    assert {state.get_text(" ") for state in page.select(".state")} == {"↻ replayed", "✗ failed"}
    marks = [
        (each["class"], mark.get_text()) for each in page.select(".checks li") if (mark := each.select_one(".mark"))
    ]
    assert marks == [(["replayed"], "↻"), (["failed"], "✗"), (["unsuited"], "–")] * 2
    assert "(passed in the recording)" in page.get_text()


def test_a_replays_page_says_of_nothing_that_it_was_measured_here(replayed_run: CourseRun) -> None:
    page = BeautifulSoup(report.render(replayed_run), "html.parser")
    texts = [
        each
        for each in page.find_all(string=True)
        if each.parent and each.parent.name not in ("script", "style", "code")
    ]
    here = {" ".join(text.split()) for text in texts if "this machine" in text}
    assert all("Nothing is measured on this machine" in text or "about this machine" in text for text in here), here
    assert "measured on this machine" not in "".join(each.get_text() for each in page.select("body > main script"))

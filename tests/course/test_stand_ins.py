"""Every measurement that uses a stand-in base image says so, tested with a run of one section.

With base images from a registry, the same tests check that stand-ins are never mentioned.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import docker
import nbformat
import pytest
from bs4 import BeautifulSoup

from helpers import standins
from helpers.course.sections import find
from helpers.runner import course_run

pytestmark = [pytest.mark.engine, pytest.mark.notebook]

SECTION = "12-your-own-dockerfile"  # the section with the fastest builds
FIGURE = re.compile(r"\d[\d.,]* (?:MB|s)\b|\bMB\b|\bseconds\b")
NOT_MEASURED = re.compile(r"^Saved your guess|^[✓✗] |\?$")  # the learner's own number; a claim's limit; a question
PROGRESS = re.compile(r"^\s*(?:\S+: [^·]+|\[\d+/\d+\] .*|passed in .*) · |^\s*passed in |elapsed\)$")
WORD = "stand-in"


@dataclass(frozen=True)
class Ran:
    """The run of one section: its terminal output and its results folder."""

    terminal: str
    results: Path
    has_stand_in: bool  # whether the base image is a stand-in

    @property
    def outputs(self) -> Iterator[str]:
        """The outputs of the executed notebook, as text."""
        notebook = nbformat.read(self.results / "latest" / "notebooks" / f"{SECTION}.ipynb", as_version=4)
        for cell in notebook.cells:
            for output in cell.get("outputs", ()):
                data = output.get("data", {})
                yield output.get("text") or data.get("text/html") or data.get("text/plain", "")


@pytest.fixture(scope="module")
def ran(client: docker.DockerClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ran]:
    """A run of the section, as by the command line."""
    results = tmp_path_factory.mktemp("results")
    capture = pytest.MonkeyPatch()
    lines: list[str] = []
    with capture.context() as patched:
        patched.setenv("WORKBOOK_RESULTS", str(results))
        patched.setattr("builtins.print", lambda *words, **options: lines.append(" ".join(map(str, words))))
        assert course_run.run([find(SECTION)], client) == 0, "\n".join(lines)
    (image,) = standins.present(client, ["golang:1.19-bullseye"])
    yield Ran("\n".join(lines), results, image.is_stand_in)


def has_measurements(text: str) -> bool:
    """Whether a text contains a measurement; the time in a progress line is not one."""
    lines = [line for line in text.splitlines() if not PROGRESS.search(line) and not NOT_MEASURED.search(line)]
    return any(FIGURE.search(line) for line in lines)


def test_every_output_of_the_notebook(ran: Ran) -> None:
    measured = [output for output in ran.outputs if has_measurements(output)]
    assert len(measured) > 5
    assert [output for output in measured if (WORD in output) != ran.has_stand_in] == []


def test_the_terminal(ran: Ran) -> None:
    summary = ran.terminal[ran.terminal.index("cold s") :]
    assert (WORD in summary) == ran.has_stand_in


def test_every_table_of_the_report(ran: Ran) -> None:
    page = BeautifulSoup((ran.results / "latest" / "report.html").read_text(encoding="utf-8"), "html.parser")
    around = [table.find_parent(["section", "figure", "article"]) or table for table in page.find_all("table")]
    measured = [place.get_text(" ") for place in around if has_measurements(place.get_text("\n"))]
    assert measured
    assert [text[:200] for text in measured if (WORD in text) != ran.has_stand_in] == []


def test_the_results_document(ran: Ran) -> None:
    document = json.loads((ran.results / "latest" / "results.json").read_text(encoding="utf-8"))
    (section,) = document["sections"]
    sources = {image["source"] for image in section["base_images"]}
    assert (sources == {WORD}) == ran.has_stand_in
    assert {image["source"] for image in document["base_images"]} >= sources

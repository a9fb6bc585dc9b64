"""The README's pictures: drawn from the last complete run, by a browser."""

import struct
from pathlib import Path

import nbformat
import pytest

from helpers.core.errors import WorkbookError
from helpers.runner import pictures, result_files
from helpers.setup import browser


def size_of(picture: Path) -> tuple[int, int]:
    """Width and height of a PNG, in pixels (its header: https://www.w3.org/TR/png/#11IHDR)."""
    data = picture.read_bytes()
    assert data.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", data[16:24])
    return width, height


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WORKBOOK_RESULTS", str(tmp_path))
    return tmp_path


@pytest.fixture
def executed(results: Path) -> Path:
    """The notebook of a complete run."""
    notebook = results / result_files.LATEST / result_files.NOTEBOOKS / f"{pictures.SECTION}.ipynb"
    notebook.parent.mkdir(parents=True)
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# 05")]), notebook)
    return notebook


@pytest.mark.machine
@pytest.mark.usefixtures("executed")
def test_both_pictures_are_drawn_in_their_size(results: Path) -> None:
    program = browser.find()
    if program is None:
        pytest.skip("needs a browser")
    line = pictures.renew(program, results / "images")

    assert line == "Updated the README's pictures: images/summary.png and images/notebook.png."
    assert size_of(results / "images/summary.png") == pictures.SUMMARY_SIZE
    assert size_of(results / "images/notebook.png") == pictures.NOTEBOOK_SIZE


def test_without_a_browser_the_pictures_stay(results: Path) -> None:
    assert "unchanged" in pictures.renew(None, results / "images")
    assert not (results / "images").exists()


@pytest.mark.parametrize(
    ("script", "says"),
    [("exit 0", "No such file"), ("echo no display >&2; exit 3", "no display")],
    ids=["draws nothing", "fails"],
)
@pytest.mark.usefixtures("executed")
def test_a_browser_that_draws_nothing_is_an_error(results: Path, script: str, says: str) -> None:
    program, images = results / "browser", results / "images"
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(0o755)
    images.mkdir()
    (images / "summary.png").write_bytes(b"the old one")
    with pytest.raises(WorkbookError, match=f"(?s)didn't draw summary.png.*{says}"):
        pictures.renew(str(program), images)
    assert (images / "summary.png").read_bytes() == b"the old one"


def test_without_a_complete_run_there_is_nothing_to_draw(results: Path) -> None:
    with pytest.raises(WorkbookError, match="There is no complete run"):
        pictures.renew("chromium", results / "images")

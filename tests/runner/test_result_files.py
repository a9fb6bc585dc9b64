"""Older results are kept until the new ones are complete, whatever happens to the run."""

import errno
from pathlib import Path

import pytest
from filelock import FileLock

from helpers.core.errors import DiskFull, WorkbookError
from helpers.runner import result_files


def write(where: Path, content: str, *sections: str) -> None:
    (where / result_files.NOTEBOOKS).mkdir(parents=True, exist_ok=True)
    for section in sections or ("01-naive",):
        (where / result_files.NOTEBOOKS / f"{section}.ipynb").write_text(content)
    (where / result_files.DOCUMENT).write_text(content)
    (where / result_files.REPORT).write_text(content)


def state(results: Path) -> dict[str, str]:
    return {
        path.relative_to(results).as_posix(): path.read_text()
        for path in sorted(results.rglob("*"))
        if path.is_file() and path.name != ".lock"
    }


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """A results folder with a finished run and a store in it."""
    write(tmp_path / "results", "old", "01-naive", "02-pin-base-image")
    (tmp_path / "results" / "store.sqlite3").write_text("the store")
    return tmp_path / "results"


def test_new_results_replace_the_old_and_the_store_is_kept(results: Path) -> None:
    with result_files.staging(results) as new:
        write(new, "new")
        result_files.publish(new, results, keep_notebooks=False)
    assert state(results) == {
        "notebooks/01-naive.ipynb": "new",
        "report.html": "new",
        "results.json": "new",
        "store.sqlite3": "the store",
    }


def test_a_run_of_one_section_keeps_the_others_notebooks(results: Path) -> None:
    with result_files.staging(results) as new:
        write(new, "new", "02-pin-base-image")
        result_files.publish(new, results, keep_notebooks=True)
    assert state(results)["notebooks/01-naive.ipynb"] == "old"
    assert state(results)["notebooks/02-pin-base-image.ipynb"] == "new"


def test_the_first_run_creates_the_folder(tmp_path: Path) -> None:
    with result_files.staging(tmp_path / "a" / "b") as new:
        write(new, "new")
        result_files.publish(new, tmp_path / "a" / "b", keep_notebooks=True)
    assert state(tmp_path / "a" / "b")["results.json"] == "new"


def test_an_interrupted_run_changes_nothing(results: Path) -> None:
    before = state(results)
    with pytest.raises(KeyboardInterrupt), result_files.staging(results) as new:
        write(new, "new")
        raise KeyboardInterrupt
    assert state(results) == before


def test_a_full_disk_changes_nothing_and_is_reported(results: Path) -> None:
    before = state(results)
    with pytest.raises(DiskFull) as caught, result_files.staging(results):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert str(results) in caught.value.message
    assert state(results) == before


def test_other_errors_are_not_reported_as_a_full_disk(results: Path) -> None:
    with pytest.raises(PermissionError), result_files.staging(results):
        raise PermissionError(errno.EACCES, "Permission denied")


@pytest.mark.parametrize("renames", range(8))
def test_a_kill_at_any_point_of_the_replacement_loses_nothing(
    results: Path, renames: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Replacing the results takes six renames and a final one: stop after each, as a kill would."""
    before = state(results)
    new = results / ".new"
    write(new, "new")
    remaining = iter(range(renames))
    original = Path.rename

    def rename(self: Path, target: Path) -> Path:
        if next(remaining, None) is None:
            raise SystemExit
        return original(self, target)

    monkeypatch.setattr(Path, "rename", rename)
    if renames < 7:
        with pytest.raises(SystemExit):
            result_files.publish(new, results, keep_notebooks=False)
    else:
        result_files.publish(new, results, keep_notebooks=False)
    monkeypatch.undo()
    with result_files.staging(results):
        after = {name: text for name, text in state(results).items() if not name.startswith(".new")}
    assert after == before if renames < 7 else set(after.values()) == {"new", "the store"}


def test_leftovers_of_a_killed_run_are_removed(results: Path) -> None:
    write(results / ".new", "incomplete")
    with result_files.staging(results) as new:
        assert state(new) == {}
    assert not (results / ".new").exists()


def test_a_second_concurrent_run_is_refused(results: Path) -> None:
    with FileLock(results / ".lock"), pytest.raises(WorkbookError) as caught, result_files.staging(results):
        pytest.fail("Two runs had the folder at the same time.")
    assert caught.value.exit_status == 2


def test_incomplete_results_are_set_aside(results: Path) -> None:
    for content in ("first", "second"):
        with result_files.staging(results) as new:
            write(new, content)
            aside = result_files.set_aside(new, results, "interrupted")
    assert state(aside)["results.json"] == "second"
    assert state(results)["results.json"] == "old"

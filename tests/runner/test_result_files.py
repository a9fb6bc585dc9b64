"""Each run has its own folder, and `latest` points to the last complete one, whatever happens to other runs."""

import errno
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from helpers.core.errors import DiskFull, WorkbookError
from helpers.runner import result_files
from helpers.runner.result_files import DOCUMENT, LATEST, NOTEBOOKS, REPORT, RUNS

OLD, NEW, NEWEST = (f"2026112{day}T070000Z-0a1b2c" for day in (1, 2, 3))
AT_WORK = """\
import sys
from pathlib import Path
from helpers.runner import result_files
with result_files.run_folder(Path(sys.argv[1]), sys.argv[2]) as folder:
    (folder / "report.html").write_text("half")
    print("at work", flush=True)
    sys.stdin.read()
"""


def write(folder: Path, content: str, *sections: str) -> None:
    for section in sections or ("01-naive",):
        (folder / NOTEBOOKS / f"{section}.ipynb").write_text(content)
    (folder / REPORT).write_text(content)
    (folder / DOCUMENT).write_text(content)


def run(results: Path, name: str, content: str, *sections: str, keep_notebooks: bool = False) -> Path:
    """A run from its beginning to its end; returns its folder."""
    with result_files.run_folder(results, name) as folder:
        write(folder, content, *sections)
        result_files.publish(folder, keep_notebooks)
    return folder


def state(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}


def entries(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@contextmanager
def at_work(results: Path, name: str) -> Iterator[subprocess.Popen[str]]:
    """Another process whose run has only begun to write its results."""
    command = [sys.executable, "-c", AT_WORK, str(results), name]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout and process.stdout.readline() == "at work\n"
        yield process
        process.kill()


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """A results folder with a finished run and a store in it."""
    run(tmp_path / "results", OLD, "old", "01-naive", "02-pin-base-image")
    (tmp_path / "results" / "store.sqlite3").write_text("the store")
    return tmp_path / "results"


@pytest.fixture(params=[True, False], ids=["links", "no links"])
def links(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether the file system has symbolic links."""

    def refused(self: Path, target: str) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    if not request.param:
        monkeypatch.setattr(Path, "symlink_to", refused)
    return bool(request.param)


def test_the_new_run_is_the_latest_and_the_old_one_is_kept(links: bool, tmp_path: Path) -> None:
    assert result_files.latest(tmp_path) is None
    old, new = run(tmp_path, OLD, "old"), run(tmp_path, NEW, "new")
    assert result_files.latest(tmp_path) == new == tmp_path / RUNS / NEW
    assert {*state(old).values()} == {"old"} and {*state(new).values()} == {"new"}
    assert entries(tmp_path) == [LATEST, RUNS] and entries(tmp_path / RUNS) == [OLD, NEW]


def test_the_pointer_is_a_link_or_names_the_folder(links: bool, tmp_path: Path) -> None:
    run(tmp_path, NEW, "new")
    if links:
        assert (tmp_path / LATEST / REPORT).read_text() == "new"
        assert not (tmp_path / LATEST).readlink().is_absolute()  # the results folder can be moved
    else:
        assert (tmp_path / LATEST).read_text() == f"runs/{NEW}\n"


def test_on_windows_the_pointer_is_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(result_files, "HAS_LINKS", False)
    run(tmp_path, OLD, "old")
    new = run(tmp_path, NEW, "new")
    assert result_files.latest(tmp_path) == new
    assert not (tmp_path / LATEST).is_symlink()


def test_a_run_of_one_section_keeps_the_others_notebooks(results: Path) -> None:
    new = state(run(results, NEW, "new", "02-pin-base-image", keep_notebooks=True))
    assert new["notebooks/01-naive.ipynb"] == "old"
    assert new["notebooks/02-pin-base-image.ipynb"] == "new"


def test_a_run_of_all_sections_has_only_its_own_notebooks(results: Path) -> None:
    assert entries(run(results, NEW, "new") / NOTEBOOKS) == ["01-naive.ipynb"]


def interrupt(folder: Path) -> None:
    write(folder, "half")
    (folder / DOCUMENT).unlink()
    raise KeyboardInterrupt


def fill_disk(folder: Path) -> None:
    write(folder, "half")
    (folder / DOCUMENT).unlink()
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize(("end", "error"), [(interrupt, KeyboardInterrupt), (fill_disk, DiskFull)])
def test_an_incomplete_run_leaves_nothing(results: Path, end: Callable[[Path], None], error: type[Exception]) -> None:
    before = state(results)
    with pytest.raises(error), result_files.run_folder(results, NEW) as folder:
        end(folder)
    assert state(results) == before and entries(results / RUNS) == [OLD]


def test_a_full_disk_is_reported(results: Path) -> None:
    with pytest.raises(DiskFull) as caught, result_files.run_folder(results, NEW) as folder:
        fill_disk(folder)
    assert str(results) in caught.value.message


@pytest.mark.parametrize("call", ["symlink_to", "replace"])
def test_a_disk_that_is_full_for_the_pointer_leaves_the_old_one(
    results: Path, call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Path, target: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch, pytest.raises(DiskFull):
        patch.setattr(Path, call, full)
        run(results, NEW, "new")
    assert result_files.latest(results) == results / RUNS / OLD
    assert entries(results / RUNS) == [OLD, NEW]  # the new run is complete, only not the latest


def test_a_file_that_does_not_fit_costs_neither_the_earlier_version_nor_space(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result_files.write(tmp_path / REPORT, "old")
    write_text = Path.write_text

    def full(self: Path, text: str, encoding: str) -> int:
        write_text(self, text[:1], encoding)
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch, pytest.raises(OSError, match="No space"):
        patch.setattr(Path, "write_text", full)
        result_files.write(tmp_path / REPORT, "new")
    assert state(tmp_path) == {REPORT: "old"}


def test_other_errors_are_not_reported_as_a_full_disk(results: Path) -> None:
    with pytest.raises(PermissionError), result_files.run_folder(results, NEW):
        raise PermissionError(errno.EACCES, "Permission denied")


def test_a_folder_in_the_pointers_place_is_reported_before_the_run(tmp_path: Path) -> None:
    (tmp_path / LATEST).mkdir()
    (tmp_path / LATEST / "mine").write_text("mine")
    with pytest.raises(WorkbookError, match="is a folder"), result_files.run_folder(tmp_path, NEW):
        pytest.fail("The run started.")
    assert state(tmp_path) == {f"{LATEST}/mine": "mine"}


def test_what_a_killed_run_left_is_removed_by_the_next(results: Path) -> None:
    with at_work(results, NEW) as other:
        other.send_signal(signal.SIGKILL)
        other.wait()
        (results / RUNS / f"{NEW}.new").symlink_to("runs/never-published")
        assert result_files.latest(results) == results / RUNS / OLD
        run(results, NEWEST, "newest")
    assert entries(results / RUNS) == [OLD, NEWEST]


def test_a_run_killed_after_its_results_were_complete_is_kept(results: Path) -> None:
    with at_work(results, NEW) as other:
        write(results / RUNS / NEW, "new")
        other.send_signal(signal.SIGKILL)
        other.wait()
        run(results, NEWEST, "newest")
    assert entries(results / RUNS) == [OLD, NEW, NEWEST]


def test_a_run_at_work_is_never_touched(results: Path) -> None:
    with at_work(results, NEW):
        with result_files.run_folder(results, NEWEST) as folder:
            assert result_files.others_at_work(folder)
            write(folder, "newest")
            result_files.publish(folder, keep_notebooks=False)
        assert state(results / RUNS / NEW) == {REPORT: "half"}
    with result_files.run_folder(results, names(1)[0]) as folder:
        assert not result_files.others_at_work(folder)


def test_two_runs_at_once_both_become_the_latest_in_turn(results: Path) -> None:
    with result_files.run_folder(results, NEW) as first, result_files.run_folder(results, NEWEST) as second:
        write(first, "first")
        write(second, "second")
        result_files.publish(second, keep_notebooks=False)
        assert result_files.latest(results) == second
        result_files.publish(first, keep_notebooks=False)
        assert result_files.latest(results) == first
    assert {*state(first).values()} == {"first"} and {*state(second).values()} == {"second"}


def names(count: int) -> list[str]:
    return [f"20261201T0{minute:05}Z-0a1b2c" for minute in range(count)]


def test_only_the_newest_finished_runs_are_kept(results: Path) -> None:
    for name in names(result_files.KEPT + 2):
        run(results, name, name)
    assert entries(results / RUNS) == names(result_files.KEPT + 2)[2:]


def test_the_latest_complete_run_is_kept_whatever_was_interrupted_since(results: Path) -> None:
    for name in names(result_files.KEPT + 2):
        with pytest.raises(KeyboardInterrupt), result_files.run_folder(results, name) as folder:
            write(folder, "the finished sections")
            raise KeyboardInterrupt
    assert entries(results / RUNS) == [OLD, *names(result_files.KEPT + 2)[2:]]
    assert result_files.latest(results) == results / RUNS / OLD


def test_an_old_run_that_is_at_work_is_kept(results: Path) -> None:
    with at_work(results, NEW):
        write(results / RUNS / NEW, "complete, but not at its end")
        for name in names(result_files.KEPT + 1):
            run(results, name, name)
        assert {*state(results / RUNS / NEW).values()} == {"complete, but not at its end"}


def test_what_is_not_a_run_is_never_removed(results: Path) -> None:
    kept = {"runs/0 best/results.json": "a renamed run", "runs/0 best.lock": "mine", "report.html": "1.0"}
    for name, text in kept.items():
        (results / name).parent.mkdir(exist_ok=True)
        (results / name).write_text(text)
    for name in names(result_files.KEPT + 1):
        run(results, name, name)
    assert kept.items() <= state(results).items()


def test_names_of_runs_are_unique_and_sorted_by_time() -> None:
    first, second = result_files.new_name(), result_files.new_name()
    assert first != second and first[:16] <= second[:16]

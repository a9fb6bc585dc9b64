"""The data that benchmarks create: contexts, edits, a trace, the overhead of a run."""

import json
import os
import sys
from pathlib import Path

import pytest
from buildkit_session import Context

from benchmarks import builds, context, course, memory, trace
from benchmarks.result import Result
from benchmarks.workplace import Workplace, command
from helpers.core.errors import WorkbookError


def test_the_context_of_many_files_has_20_000(tmp_path: Path) -> None:
    assert context.FOLDERS * context.FILES_EACH == 20_000
    files = [path for path in context.many_files(tmp_path / "many", 2, 3).rglob("*") if path.is_file()]
    assert len(files) == len({path.read_bytes() for path in files}) == 6


def test_nine_tenths_of_the_large_context_are_ignored(tmp_path: Path) -> None:
    assert (context.KEPT + context.IGNORED) * context.FILE_BYTES == 500_000_000
    folder = context.mostly_ignored(tmp_path / "large", 1000)
    sizes = {path.parent.name: 0 for path in folder.rglob("*") if path.is_file()}
    for path in folder.rglob("[0-9k]*"):
        sizes[path.parent.name] += path.stat().st_size
    assert sizes == {"large": 5000, "ignored": 45_000}
    sent = Context(folder).entries(exclude=[(folder / ".dockerignore").read_text().strip()])
    assert {entry.stat.path for entry in sent} == {".dockerignore", *(f"kept-{number}" for number in range(5))}


def test_renewing_a_context_changes_its_name_and_content(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    fresh = context.FreshContext(tmp_path / "folder")
    seen = set()
    for _ in range(2):
        fresh.renew()
        seen.add((fresh.path, (fresh.path / "nonce").read_text(), Context(fresh.path).shared_key))
    assert all(len({*each}) == 2 for each in zip(*seen, strict=True))
    assert [*tmp_path.iterdir()] == [fresh.path]


def test_edits_are_written_to_disk_and_unique(tmp_path: Path) -> None:
    place = Workplace(None, "docker", 5, tmp_path)  # type: ignore[arg-type]
    folder = builds.sample(place)
    original = (builds.SAMPLE / "main.go").read_text()
    texts = set()
    for _ in range(2):
        builds.edit(folder)
        texts.add((folder / "main.go").read_text())
    assert len(texts) == 2
    assert all(text.startswith(original) and text.count("func init()") == 1 for text in texts)


def test_cold_builds_have_their_own_cache_mounts_and_others_share_theirs() -> None:
    warm, cold = (builds.Job(Path("context"), Path("Dockerfile"), "tag", cold=cold) for cold in (False, True))
    assert warm.build_args() == warm.build_args()
    assert cold.build_args() != cold.build_args()
    assert cold.image.startswith("dockerfile-workbook/")


def test_decoding_keeps_all_log_lines() -> None:
    answer = trace.decode(trace.messages(25))
    vertexes = answer.trace.vertexes()
    assert sum(vertex.log.count("\n") for vertex in vertexes) == 25
    assert {vertex.seconds for vertex in vertexes} == {1.0}
    assert answer.trace.complete


def test_the_overhead_of_a_run_excludes_scans() -> None:
    work = {"build": {"seconds": 80.0}, "container": {"seconds": 20.0}, "look": {"seconds": 50.0}}
    result = course.overhead(158.0, work)
    assert (result.ours, result.theirs, result.limit_met) == ((108.0,), (100.0,), True)
    assert result.ratio == pytest.approx(1.08)
    assert isinstance(result, Result)


@pytest.mark.skipif(not memory.PEAK_AVAILABLE, reason=memory.UNAVAILABLE)
def test_peak_memory_is_in_bytes() -> None:
    assert 10_000_000 < memory.peak_bytes() < 10_000_000_000


def test_the_error_of_a_failed_program_quotes_its_last_lines() -> None:
    script = "import sys; print('first'); sys.exit('what was wrong')"
    with pytest.raises(WorkbookError, match="exit status 1") as caught:
        command([sys.executable, "-c", script])
    assert "| what was wrong" in str(caught.value)


def test_a_program_inherits_the_environment_plus_additions() -> None:
    script = "import json, os; print(json.dumps([os.environ['ADDED'], os.environ['PATH']]))"
    assert json.loads(command([sys.executable, "-c", script], {"ADDED": "1"})) == ["1", os.environ["PATH"]]

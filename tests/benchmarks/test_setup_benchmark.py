"""The benchmark of the base images: what is compared, where it runs, and that the user's engine is left alone."""

import os
import subprocess
import tempfile
from pathlib import Path

import pytest

from benchmarks import private_engine, setup
from benchmarks.workplace import Workplace
from helpers.core.errors import WorkbookError
from helpers.core.paths import cache_folder
from tests.fixtures.engines import OwnEngine
from tests.standins.images import small_image


def test_slowest_chain_counts() -> None:
    assert setup.longest([lambda: 3.0, lambda: 7.0, lambda: 5.0]) == 7.0


def test_cache_folder_of_the_user_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "own"))

    with setup.cache_in(tmp_path / "other"):
        assert cache_folder() == tmp_path / "other/dockerfile-workbook"

    assert cache_folder() == tmp_path / "own/dockerfile-workbook"


def test_reason_if_nothing_can_be_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup, "obstacle", lambda: "packages are missing: mmdebstrap")

    results = list(setup.base_images(Workplace(None, "docker", 1, tmp_path)))  # type: ignore[arg-type]

    assert [result.name for result in results] == [
        "stand-ins made",
        "stand-ins from the cache",
        "both pulls from a registry",
    ]
    assert {result.missing for result in results} == {"packages are missing: mmdebstrap"}


def test_missing_program_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name, path=None: None if name == "dockerd" else f"/bin/{name}")

    assert "dockerd is missing" in private_engine.obstacle()


def bridges() -> set[str]:
    """The bridges of this machine."""
    return {path.parent.name for path in Path("/sys/class/net").glob("*/bridge")}


def mount_points(folder: Path) -> set[str]:
    """What is mounted in the namespace of the engine with that folder."""
    processes = subprocess.run(
        ["pgrep", "-f", f"^\\S*dockerd .*={folder}/"], capture_output=True, text=True, check=True
    )
    lines = Path(f"/proc/{processes.stdout.split()[0]}/mountinfo").read_text().splitlines()
    return {line.split()[4] for line in lines}


@pytest.mark.engine
def test_engines_of_the_tests_hide_the_machines_containerd(own_engine: OwnEngine) -> None:
    assert "/run/containerd" in mount_points(own_engine.folder)


@pytest.mark.engine
@pytest.mark.skipif(bool(private_engine.obstacle()), reason=private_engine.obstacle())
def test_private_engine_leaves_the_machine_as_it_was() -> None:
    before = bridges()
    folder = Path(tempfile.mkdtemp(prefix="wbe-"))

    with private_engine.private_engine(folder) as engine:
        assert "/run/containerd" in mount_points(folder), "the machine's containerd is hidden"
        small_image(engine.client, "dockerfile-workbook/test-base:private")
        assert len(engine.client.images.list()) == 1
        with pytest.raises(WorkbookError, match="shares them with another one"):
            engine.require_new()
        engine.empty()
        assert engine.client.images.list() == []
        assert "docker0" in bridges() or "docker0" not in before

    assert f"wbb{os.getpid()}" not in bridges()
    assert not folder.exists()
    assert str(folder) not in subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout

"""The lock, and whether an environment holds it."""

from importlib import metadata
from pathlib import Path

import pytest

from helpers.setup import lock

_LOCK = """# made by a tool
anyio==4.16.0 \\
    --hash=sha256:00 \\
    --hash=sha256:11
    # via httpx
appnope==1.0.0 ; sys_platform == 'darwin' \\
    --hash=sha256:22
certifi==2026.10.18 \\
    --hash=sha256:33
"""


@pytest.fixture
def small(tmp_path: Path) -> Path:
    file = tmp_path / "requirements.lock"
    file.write_text(_LOCK)
    return file


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    versions = {"anyio": "4.16.0", "certifi": "2026.10.18"}

    def version(name: str) -> str:
        if name not in versions:
            raise metadata.PackageNotFoundError(name)
        return versions[name]

    monkeypatch.setattr(metadata, "version", version)
    return versions


def test_every_pinned_package_is_read(small: Path) -> None:
    assert lock.pinned(small, everywhere=False) == {"anyio": "4.16.0", "appnope": "1.0.0", "certifi": "2026.10.18"}


def test_what_only_some_systems_need_is_left_out_of_the_question(small: Path, held: dict[str, str]) -> None:
    assert lock.is_held(small)
    assert lock.missing(small) == []


def test_a_missing_package_is_named(small: Path, held: dict[str, str]) -> None:
    del held["certifi"]
    assert lock.missing(small) == ["certifi"]
    assert not lock.is_held(small)


def test_another_version_counts_as_missing(small: Path, held: dict[str, str]) -> None:
    held["anyio"] = "4.15.9"
    assert lock.missing(small) == ["anyio"]


def test_zeros_before_a_number_make_no_other_version(small: Path, held: dict[str, str]) -> None:
    held["certifi"] = "2026.10.018"
    assert lock.is_held(small)


def test_another_lock_has_another_fingerprint(small: Path) -> None:
    before = lock.fingerprint(small)
    small.write_text(_LOCK.replace("4.16.0", "4.16.1"))
    assert lock.fingerprint(small) != before


def test_the_environment_at_work_holds_the_projects_lock() -> None:
    assert len(lock.pinned()) > 50
    assert lock.missing() == []

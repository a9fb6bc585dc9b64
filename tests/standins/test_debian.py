"""Building a Debian root: the mirrors, how they are reached, and what happens if the process fails or is stopped."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pytest

from helpers.core.errors import BaseImageError, DiskFull
from helpers.standins import debian

ARCHIVE, SECURITY = "http://mirror.example/debian/", "http://mirror.example/debian-security/"
TARGETS = f"""\
{ARCHIVE} bookworm
{ARCHIVE} bookworm-updates
{SECURITY} bookworm-security
https://packages.example/apt nodistro
"""
# Output of `apt-config dump`, shortened.
APT = """\
Acquire::AllowInsecureRepositories "1";
Acquire::AllowWeakRepositories "1";
Acquire::Check-Valid-Until "false";
Acquire::http "";
Acquire::http::Proxy "http://proxy.example:3128";
Acquire::https::CaInfo "/etc/ssl/certs/own.crt";
Acquire::GzipIndexes "true";
APT::Get::AllowUnauthenticated "1";
Dir::Cache "var/cache/apt";
"""


def test_mirrors_come_from_the_machines_apt_sources() -> None:
    assert debian.mirrors(TARGETS, "bookworm") == (ARCHIVE, SECURITY)


def test_another_distribution_has_no_debian_mirror() -> None:
    assert debian.mirrors("http://mirror.example/ubuntu/ noble\n", "") == ("", "")


def test_sources_are_tried_from_all_updates_to_mmdebstraps_defaults() -> None:
    full, release, own = debian.source_lists("bullseye", ARCHIVE, SECURITY)

    assert [line.split()[2:4] for line in full] == [
        [ARCHIVE, "bullseye"],
        [ARCHIVE, "bullseye-updates"],
        [SECURITY, "bullseye-security"],
    ]
    assert release == full[:1]
    assert own == ()


def test_every_source_is_signed_by_debians_keyring() -> None:
    lines = [line for lines in debian.source_lists("trixie", ARCHIVE, SECURITY) for line in lines]

    assert lines
    assert all(f"[signed-by={debian.KEYRING}]" in line for line in lines)


def test_machine_without_debian_sources() -> None:
    assert debian.source_lists("trixie", "", "") == ((),)


def test_mirror_from_the_environment_is_the_only_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(debian.MIRROR, "http://old.example/debian")

    (only,) = debian.machine_sources("bullseye")

    assert only == (f"deb [signed-by={debian.KEYRING}] http://old.example/debian bullseye main",)


def test_mirror_access_is_kept_and_unsigned_packages_are_not_allowed() -> None:
    assert debian.mirror_access(APT).splitlines() == [
        'Acquire::Check-Valid-Until "false";',
        'Acquire::http::Proxy "http://proxy.example:3128";',
        'Acquire::https::CaInfo "/etc/ssl/certs/own.crt";',
    ]


@pytest.mark.parametrize(
    ("os_release", "codename"),
    [
        ('ID=debian\nVERSION_CODENAME=bookworm\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n', "bookworm"),
        ("ID=ubuntu\nID_LIKE=debian\nVERSION_CODENAME=noble\n", ""),
        ("ID=debian\n", ""),
    ],
)
def test_codename(os_release: str, codename: str) -> None:
    assert debian._codename(os_release) == codename


Root = Callable[[str], Iterator[bytes]]


@pytest.fixture
def log() -> list[str]:
    """The log lines so far."""
    return []


@pytest.fixture
def root(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, log: list[str]) -> Root:
    """Yields a root's chunks from a shell script that replaces mmdebstrap."""

    def made_by(script: str) -> Iterator[bytes]:
        monkeypatch.setattr(debian, "command", lambda *_: ["sh", "-c", script])
        monkeypatch.setattr(debian, "output", lambda *_: APT)
        return debian.root("bullseye", (), (), tmp_path / "overlay.tar", log.append)

    return made_by


def test_root_is_stdout_and_the_log_is_stderr_line_by_line(root: Root, log: list[str]) -> None:
    chunks = root("echo 'Setting up gcc' >&2; printf tar; echo 'I: done' >&2")

    assert b"".join(chunks) == b"tar"
    assert log == ["Setting up gcc", "I: done"]


def test_output_larger_than_a_pipe_buffer(root: Root) -> None:
    assert sum(len(chunk) for chunk in root("head -c 5000000 /dev/zero")) == 5_000_000


def test_failure_halfway_raises_with_the_reason(root: Root) -> None:
    chunks = root("printf half; echo 'noise' >&2; echo 'E: bullseye has no Release file.' >&2; exit 25")

    assert next(chunks) == b"half"
    with pytest.raises(BaseImageError, match="E: bullseye has no Release file") as caught:
        next(chunks)
    assert debian.MIRROR in caught.value.hint


def test_a_full_disk_is_named_as_such(root: Root) -> None:
    chunks = root("echo 'dpkg: error: failed to write (No space left on device)' >&2; echo 'E: gone' >&2; exit 25")

    with pytest.raises(DiskFull, match="failed to write"):
        next(chunks)


def test_process_is_killed_when_the_root_is_closed_early(root: Root, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(debian, "isolation", lambda: ())  # in a namespace of its own, it wouldn't know its process ID
    chunks = root("echo $$; exec sleep 60")
    process = int(next(chunks))

    chunks.close()  # type: ignore[attr-defined]

    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


@pytest.mark.parametrize("script", ["printf half; sleep 60", "printf half; exec >&- 2>&-; sleep 60"])
def test_silent_process_is_stopped_and_named(root: Root, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert debian.SILENT_SECONDS == 1800
    monkeypatch.setattr(debian, "SILENT_SECONDS", 0.1)
    started = time.monotonic()

    with pytest.raises(BaseImageError, match="`mmdebstrap` printed nothing"):
        list(root(script))

    assert time.monotonic() - started < 10


@pytest.mark.parametrize(("available", "in_memory"), [(8e9, True), (2e9, False)])
def test_root_is_made_in_memory_if_there_is_enough(
    root: Root, available: float, in_memory: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    memory = type("Memory", (), {"available": available})
    monkeypatch.setattr(psutil, "virtual_memory", lambda: memory)
    monkeypatch.setattr(debian, "CGROUP", tmp_path)  # without limits

    assert any("tmpfs" in word for word in debian.isolation()) is in_memory
    assert debian.isolation()[0] == "unshare"


@pytest.mark.parametrize(
    ("limit", "used", "inactive_files", "in_memory"),
    [
        ("max", 1e9, 0, True),
        ("4000000000", 1e9, 0, False),
        ("8000000000", 1e9, 0, True),
        ("8000000000", 7e9, 0, False),
        ("8000000000", 7e9, 6e9, True),
    ],
)
def test_the_memory_limit_of_a_container_counts(
    limit: str, used: float, inactive_files: float, in_memory: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: type("Memory", (), {"available": 64e9}))
    (tmp_path / "memory.max").write_text(f"{limit}\n")
    (tmp_path / "memory.current").write_text(f"{used:.0f}\n")
    (tmp_path / "memory.stat").write_text(f"anon 1\ninactive_file {inactive_files:.0f}\n")
    monkeypatch.setattr(debian, "CGROUP", tmp_path)

    assert any("tmpfs" in word for word in debian.isolation()) is in_memory


@pytest.mark.machine
@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_folder_in_memory_is_gone_with_the_process(root: Root, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(debian, "ENOUGH_MEMORY", 0)

    kind = b"".join(root('touch "$TMPDIR/file"; stat --file-system --format=%T "$TMPDIR"'))

    assert kind == b"tmpfs\n"
    assert [*(tmp_path / "root").iterdir()] == []


def test_ordinary_user_gets_no_namespaces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    assert debian.isolation() == ()


def test_apt_settings_time_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(debian, "SETTINGS_SECONDS", 0.05)

    with pytest.raises(BaseImageError, match="`sleep 60` printed nothing"):
        debian.output("sleep", "60")

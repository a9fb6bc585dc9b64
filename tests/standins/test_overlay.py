"""The overlay for Debian's root, read back from its tar."""

import tarfile
from pathlib import Path

import pytest

from helpers.standins import toolchain


@pytest.fixture
def tar(tmp_path: Path) -> tarfile.TarFile:
    """The overlay of a toolchain with four files, read-only and not executable, as Go unpacks a module."""
    go = tmp_path / "modules/golang.org/toolchain"
    for name in ("bin/go", "pkg/tool/linux_amd64/compile", "pkg/include/textflag.h", "src/make.bash"):
        (go / name).parent.mkdir(parents=True, exist_ok=True)
        (go / name).write_text(name)
        (go / name).chmod(0o444)
    toolchain.write(tmp_path / "overlay.tar", go, b"-----BEGIN CERTIFICATE-----")
    return tarfile.open(tmp_path / "overlay.tar")


@pytest.mark.parametrize(
    ("name", "mode"),
    [
        ("usr/local/go", 0o755),
        ("usr/local/go/bin/go", 0o755),
        ("usr/local/go/pkg/tool/linux_amd64/compile", 0o755),
        ("usr/local/go/pkg/include/textflag.h", 0o644),
        ("usr/local/go/src/make.bash", 0o644),
        ("go/bin", 0o1777),
        ("go/src", 0o1777),
    ],
)
def test_modes_and_owner(tar: tarfile.TarFile, name: str, mode: int) -> None:
    member = tar.getmember(name)

    assert oct(member.mode) == oct(mode)
    assert (member.uid, member.gid) == (0, 0)


def test_machines_certificates_are_included(tar: tarfile.TarFile) -> None:
    bundle = tar.extractfile("etc/ssl/certs/ca-certificates.crt")

    assert bundle is not None
    assert bundle.read() == b"-----BEGIN CERTIFICATE-----"


def test_hostname_and_resolv_conf_are_emptied(tar: tarfile.TarFile) -> None:
    assert {tar.getmember(name).size for name in ("etc/hostname", "etc/resolv.conf")} == {0}


def test_machine_without_certificates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toolchain, "CERTIFICATES", (str(tmp_path / "none.crt"),))
    (tmp_path / "go").mkdir()

    toolchain.write(tmp_path / "overlay.tar", tmp_path / "go", toolchain.certificates())

    with tarfile.open(tmp_path / "overlay.tar") as tar:
        assert "etc/ssl/certs/ca-certificates.crt" not in tar.getnames()

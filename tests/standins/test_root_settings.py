"""The settings that are unpacked over Debian's root, read back from their tar."""

import tarfile
from pathlib import Path

import pytest

from helpers.standins import toolchain


@pytest.fixture
def tar(tmp_path: Path) -> tarfile.TarFile:
    """The settings of a machine that has a CA bundle."""
    toolchain.write_settings(tmp_path / "settings.tar", b"-----BEGIN CERTIFICATE-----")
    return tarfile.open(tmp_path / "settings.tar")


@pytest.mark.parametrize("name", ["go", "go/bin", "go/src"])
def test_go_folders_are_writable_for_everyone(tar: tarfile.TarFile, name: str) -> None:
    member = tar.getmember(name)

    assert oct(member.mode) == oct(0o1777)
    assert (member.uid, member.gid) == (0, 0)


def test_machines_certificates_are_included(tar: tarfile.TarFile) -> None:
    bundle = tar.extractfile("etc/ssl/certs/ca-certificates.crt")

    assert bundle is not None
    assert bundle.read() == b"-----BEGIN CERTIFICATE-----"


def test_hostname_and_resolv_conf_are_emptied(tar: tarfile.TarFile) -> None:
    assert {tar.getmember(name).size for name in ("etc/hostname", "etc/resolv.conf")} == {0}


def test_machine_without_certificates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toolchain, "CERTIFICATES", (str(tmp_path / "none.crt"),))

    toolchain.write_settings(tmp_path / "settings.tar", toolchain.certificates())

    with tarfile.open(tmp_path / "settings.tar") as tar:
        assert "etc/ssl/certs/ca-certificates.crt" not in tar.getnames()

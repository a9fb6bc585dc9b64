"""The inventory of a file system."""

import io

import pytest

from helpers.core.records import Contents
from helpers.engine.image_scan.filesystem import apply_layers
from helpers.engine.image_scan.inventory import PATHS_KEPT, count
from helpers.engine.image_scan.saved_image import read_layer
from tests.engine.tars import Entry, file, hardlink, symlink, tar

PROGRAM = 0o755


def counted(*entries: Entry) -> Contents:
    return count(apply_layers([read_layer(io.BytesIO(tar(entries)))]))


def test_an_empty_image_has_no_files() -> None:
    assert count(apply_layers([])) == Contents(files=0, bytes=0, executables=0)


def test_files_are_names_and_bytes_are_counted_once() -> None:
    contents = counted(file("a", b"12345"), hardlink("b", "a"), symlink("c", "a"))
    assert (contents.files, contents.bytes) == (2, 5)
    assert contents.paths == ("/a", "/b", "/c")


@pytest.mark.parametrize("name", ["bin/sh", "usr/bin/bash", "sbin/dash", "bin/busybox", "usr/local/bin/fish"])
def test_a_shell_is_found(name: str) -> None:
    assert counted(file(name, b"", PROGRAM)).shells == (f"/{name}",)


@pytest.mark.parametrize("name", ["usr/bin/apt-get", "usr/bin/dpkg", "sbin/apk", "usr/bin/pip3.11", "bin/microdnf"])
def test_a_package_manager_is_found(name: str) -> None:
    assert counted(file(name, b"", PROGRAM)).package_managers == (f"/{name}",)


@pytest.mark.parametrize(
    "name",
    ["usr/bin/gcc", "usr/bin/x86_64-linux-gnu-gcc-10", "usr/bin/aarch64-linux-gnu-g++-12", "usr/local/go/bin/go"],
)
def test_a_compiler_is_found(name: str) -> None:
    assert counted(file(name, b"", PROGRAM)).compilers == (f"/{name}",)


@pytest.mark.parametrize(
    "entry",
    [
        file("usr/bin/sh", b"", 0o644),  # not executable
        file("usr/share/bash", b"", PROGRAM),  # not in a program folder
        symlink("bin/sh", "/bin/gone"),  # a symbolic link isn't the program
        file("usr/bin/bashful", b"", PROGRAM),
        file("usr/bin/gofmt", b"", PROGRAM),
        file("usr/bin/gcc-ar-10", b"", PROGRAM),
    ],
    ids=lambda entry: entry[0].name,
)
def test_similar_files_are_not_counted(entry: Entry) -> None:
    contents = counted(entry)
    assert (contents.shells, contents.package_managers, contents.compilers) == ((), (), ())


def test_executables_and_setuid_programs() -> None:
    contents = counted(file("bin/su", b"", 0o4755), file("bin/ls", b"", 0o755), file("etc/x", b"", 0o4644))
    assert (contents.executables, contents.setuid) == (2, ("/bin/su",))


def test_users_are_the_names_in_passwd() -> None:
    passwd = b"root:x:0:0:root:/root:/bin/bash\n\nnonroot:x:1001:1001::/home/nonroot:/bin/sh\n"
    assert counted(file("etc/passwd", passwd)).users == ("root", "nonroot")


@pytest.mark.parametrize("name", ["etc/ssl/certs/ca-certificates.crt", "etc/pki/tls/certs/ca-bundle.crt"])
def test_certificates_are_found_in_gos_paths(name: str) -> None:
    assert counted(file(name)).has_certificates
    assert not counted(file(f"{name}.bak")).has_certificates


@pytest.mark.parametrize("name", ["usr/share/zoneinfo/Europe/Vienna", "usr/local/go/lib/time/zoneinfo.zip"])
def test_time_zones_are_found(name: str) -> None:
    assert counted(file(name)).has_time_zones
    assert not counted(file(f"copy/{name}/x")).has_time_zones


def test_paths_are_kept_up_to_a_limit() -> None:
    assert len(counted(*(file(f"f{number}") for number in range(PATHS_KEPT + 5))).paths) == PATHS_KEPT

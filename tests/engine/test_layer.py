"""The files, hidden paths and bytes of a layer's tar."""

import gzip
import io
import tarfile

import pytest

from helpers.engine.image_scan.saved_image import LayerFiles, clean_path, read_layer
from tests.engine.tars import Entry, device, file, folder, hardlink, symlink, tar


def layer(*entries: Entry) -> LayerFiles:
    return read_layer(io.BytesIO(tar(entries)))


def test_files_folders_and_links_are_distinguished() -> None:
    read = layer(folder("bin/"), file("bin/a", b"12345", 0o755), symlink("bin/b", "a"), device("dev/null"))
    assert read.folders == ["bin"]
    assert {path: each.is_regular for path, each in read.files.items()} == {
        "bin/a": True,
        "bin/b": False,
        "dev/null": False,
    }
    assert read.files["bin/a"].mode == 0o755


def test_only_regular_files_have_bytes() -> None:
    assert layer(file("a", b"12345"), symlink("b", "a/long/text"), device("c"), folder("d")).bytes == 5


def test_a_hard_link_adds_no_bytes_and_is_the_same_file() -> None:
    read = layer(file("./a", b"12345"), hardlink("./b", "./a"))
    assert read.bytes == 5
    assert read.files["a"] is read.files["b"]


def test_whiteouts_hide_and_empty() -> None:
    read = layer(file("etc/.wh.passwd"), file(".wh.tmp"), file("var/.wh..wh..opq"), file(".wh..wh.plnk"))
    assert sorted(read.hidden) == ["etc/passwd", "tmp"]
    assert read.emptied == ["var"]
    assert not read.files and not read.bytes


def test_only_the_content_of_passwd_is_kept() -> None:
    read = layer(file("./etc/passwd", b"root:x:0:0\n"), file("etc/group", b"root:x:0\n"))
    assert read.files["etc/passwd"].text == "root:x:0:0\n"
    assert read.files["etc/group"].text == ""


def test_a_compressed_layer_reads_the_same() -> None:
    raw = tar([file("a", b"12345" * 1000)])
    assert read_layer(io.BytesIO(gzip.compress(raw))).bytes == read_layer(io.BytesIO(raw)).bytes == 5000


def test_an_empty_layer_is_a_layer() -> None:
    assert layer() == LayerFiles()


def test_a_name_that_is_not_utf8_can_be_read() -> None:
    assert layer(file(b"caf\xe9".decode(errors="surrogateescape"), b"1"), symlink("b", "caf\udce9")).bytes == 1


def test_a_damaged_layer_is_an_error() -> None:
    with pytest.raises(tarfile.TarError):
        read_layer(io.BytesIO(b"no tar at all" * 100))


@pytest.mark.parametrize("name", ["usr/bin/go", "./usr/bin/go", "/usr/bin/go", "usr/bin/go/", "usr//bin/../bin/go"])
def test_paths_are_normalized(name: str) -> None:
    assert clean_path(name) == "usr/bin/go"


def test_the_root_has_no_name() -> None:
    assert clean_path("./") == clean_path("/") == ""

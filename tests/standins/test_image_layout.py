"""Image layouts: written, read, found damaged, and sent as a tar."""

import hashlib
import io
import json
import tarfile
from pathlib import Path

import pytest

from helpers.standins import image_layout
from tests.standins.layouts import CREATED, small_layout


def test_layer_is_hashed_as_it_is_written(tmp_path: Path) -> None:
    layer = image_layout.Layer(tmp_path)
    layer.write(b"one")
    layer.write(b"two")
    layer.close()

    assert layer.path.read_bytes() == b"onetwo"
    assert (layer.size, layer.digest) == (6, f"sha256:{hashlib.sha256(b'onetwo').hexdigest()}")


def test_layout_follows_the_specification(tmp_path: Path) -> None:
    layout = small_layout(tmp_path)
    index = json.loads((layout.folder / "index.json").read_bytes())
    (layer,) = layout.manifest["layers"]
    config = json.loads(layout.blob(layout.image_id).read_bytes())

    assert json.loads((layout.folder / "oci-layout").read_bytes()) == {"imageLayoutVersion": "1.0.0"}
    assert index["manifests"][0]["digest"] == layout.digest
    assert index["manifests"][0]["annotations"]["org.opencontainers.image.ref.name"] == "layout"
    assert layer["mediaType"] == "application/vnd.oci.image.layer.v1.tar"  # not compressed
    assert config["rootfs"]["diff_ids"] == [layer["digest"]]
    assert not (tmp_path / "layer.tar").exists()


def test_layout_is_read_again(tmp_path: Path) -> None:
    layout = small_layout(tmp_path)

    assert image_layout.read(layout.folder) == layout
    assert layout.made == CREATED
    assert layout.is_intact()


@pytest.mark.parametrize("part", ["config", "layer"])
@pytest.mark.parametrize("damage", [lambda content: content[:-1], lambda content: b"x" + content[1:], None])
def test_damaged_or_missing_part(tmp_path: Path, part: str, damage: object) -> None:
    layout = small_layout(tmp_path)
    blob = layout.blob(layout.image_id if part == "config" else layout.manifest["layers"][0]["digest"])
    if callable(damage):
        blob.write_bytes(damage(blob.read_bytes()))
    else:
        blob.unlink()

    assert not layout.is_intact()


def test_damaged_manifest(tmp_path: Path) -> None:
    layout = small_layout(tmp_path)
    blob = layout.blob(layout.digest)
    blob.write_bytes(blob.read_bytes().replace(b"layer", b"later"))

    with pytest.raises(ValueError, match="is damaged"):
        image_layout.read(layout.folder)


def test_archive_is_a_tar_of_all_files(tmp_path: Path) -> None:
    layout = small_layout(tmp_path)
    counts: list[int] = []

    with tarfile.open(fileobj=io.BytesIO(b"".join(image_layout.archive(layout, counts.append)))) as tar:
        members = {member.name: tar.extractfile(member) for member in tar}
        contents = {name: stream.read() for name, stream in members.items() if stream}

    files = [each for each in layout.folder.rglob("*") if each.is_file()]
    assert contents == {each.relative_to(layout.folder).as_posix(): each.read_bytes() for each in files}
    assert json.loads(contents["manifest.json"])[0]["RepoTags"] == ["dockerfile-workbook/test-base:layout"]
    assert max(counts) == layout.manifest["layers"][0]["size"]

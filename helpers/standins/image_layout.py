"""An image with one layer as an OCI image layout, a folder that registries and `docker load` can be fed from.

The layer isn't compressed: on one machine, compressing takes longer than copying. The file manifest.json beside the
layout's own is for `docker load` before Docker 25.
"""

import hashlib
import json
import tarfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docker.utils import parse_repository_tag

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_CONFIG = "application/vnd.oci.image.config.v1+json"
_LAYER = "application/vnd.oci.image.layer.v1.tar"
_CHUNK = 1 << 20

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ImageLayout:
    """A layout that was read: its folder, and what its index, manifest and configuration say."""

    folder: Path
    digest: str  # of the manifest: "sha256:…"
    manifest: Json
    made: str  # when its packages were installed: "2026-11-24T11:20:00Z"

    @property
    def image_id(self) -> str:
        """The digest of the configuration, which is the image's ID except in the containerd image store."""
        return str(self.manifest["config"]["digest"])

    @property
    def identities(self) -> tuple[str, str]:
        """The IDs that an engine may give the image, whatever its image store."""
        return self.image_id, self.digest

    @property
    def bytes(self) -> int:
        """Bytes of the layer and the configuration."""
        return sum(part["size"] for part in self._parts)

    def blob(self, digest: str) -> Path:
        """The file of a part of the image."""
        return self.folder / "blobs" / digest.replace(":", "/")

    def is_intact(self) -> bool:
        """Whether each part has the content that its digest says; reads all of them."""
        return all(_is_intact(self.blob(part["digest"]), part) for part in self._parts)

    @property
    def _parts(self) -> list[Json]:
        return [self.manifest["config"], *self.manifest["layers"]]


class Layer:
    """A layer's tar as it is written: its file, its size and its digest."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "layer.tar"
        self.size = 0
        self._hash = hashlib.sha256()
        self._file = self.path.open("wb")

    def write(self, data: bytes) -> int:
        """Appends the bytes."""
        self._hash.update(data)
        self.size += len(data)
        return self._file.write(data)

    def tell(self) -> int:
        """The bytes written so far, for tarfile."""
        return self.size

    def close(self) -> None:
        """Completes the file."""
        self._file.close()

    @property
    def digest(self) -> str:
        """The digest of what was written: "sha256:…"."""
        return f"sha256:{self._hash.hexdigest()}"


def create(folder: Path, layer: Layer, config: Json, name: str) -> ImageLayout:
    """Creates a layout in a new folder from a closed layer, whose file is moved there.

    `config` is the image's configuration without its layer; `name` is how `docker load` tags the image.
    """
    (folder / "blobs/sha256").mkdir(parents=True)
    layer.path.rename(folder / "blobs" / layer.digest.replace(":", "/"))
    layers = [{"mediaType": _LAYER, "digest": layer.digest, "size": layer.size}]
    complete = {**config, "rootfs": {"type": "layers", "diff_ids": [layer.digest]}}
    parts = {"config": _blob(folder, _CONFIG, complete), "layers": layers}
    manifest = _blob(folder, MANIFEST, {"schemaVersion": 2, "mediaType": MANIFEST, **parts})
    _write_indexes(folder, manifest, parts, name)
    return read(folder)


def read(folder: Path) -> ImageLayout:
    """The layout in a folder. Raises OSError, ValueError or LookupError if the folder has none or it is incomplete."""
    index = json.loads((folder / "index.json").read_bytes())
    digest = str(index["manifests"][0]["digest"])
    content = (folder / "blobs" / digest.replace(":", "/")).read_bytes()
    if f"sha256:{hashlib.sha256(content).hexdigest()}" != digest:
        raise ValueError(f"The manifest in {folder} is damaged.")
    manifest = json.loads(content)
    config = json.loads((folder / "blobs" / manifest["config"]["digest"].replace(":", "/")).read_bytes())
    return ImageLayout(folder, digest, manifest, config["created"])


def archive(layout: ImageLayout, on_bytes: Callable[[int], object]) -> Iterator[bytes]:
    """The layout as a tar for `docker load`; `on_bytes` gets the number of bytes of the layer so far."""
    for path in sorted(each for each in layout.folder.rglob("*") if each.is_file()):
        member = tarfile.TarInfo(path.relative_to(layout.folder).as_posix())
        member.size = path.stat().st_size
        yield member.tobuf(tarfile.GNU_FORMAT)
        sent = 0
        for chunk in chunks(path):
            yield chunk
            sent += len(chunk)
            on_bytes(sent)
        yield bytes(-member.size % tarfile.BLOCKSIZE)
    yield bytes(2 * tarfile.BLOCKSIZE)


def chunks(path: Path) -> Iterator[bytes]:
    """A file's content in pieces of a megabyte."""
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def _write_indexes(folder: Path, manifest: Json, parts: Json, name: str) -> None:
    repository, tag = parse_repository_tag(name)
    names = {
        "io.containerd.image.name": f"docker.io/{repository}:{tag or 'latest'}",
        "org.opencontainers.image.ref.name": tag or "latest",
    }
    index = {"schemaVersion": 2, "manifests": [{**manifest, "annotations": names}]}
    files = {
        "Config": _relative(parts["config"]["digest"]),
        "RepoTags": [f"{repository}:{tag or 'latest'}"],
        "Layers": [_relative(layer["digest"]) for layer in parts["layers"]],
    }
    _write(folder / "oci-layout", {"imageLayoutVersion": "1.0.0"})
    _write(folder / "manifest.json", [files])
    _write(folder / "index.json", index)


def _blob(folder: Path, media_type: str, content: Json) -> Json:
    """The descriptor of the content, after it was written."""
    data = json.dumps(content).encode()
    digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
    (folder / _relative(digest)).write_bytes(data)
    return {"mediaType": media_type, "digest": digest, "size": len(data)}


def _relative(digest: str) -> str:
    return "blobs/" + digest.replace(":", "/")


def _write(path: Path, content: object) -> None:
    path.write_text(json.dumps(content), encoding="utf-8")


def _is_intact(path: Path, part: Json) -> bool:
    if not path.is_file() or path.stat().st_size != part["size"]:
        return False
    return _digest(chunks(path)) == str(part["digest"])


def _digest(pieces: Iterable[bytes]) -> str:
    hashed = hashlib.sha256()
    for piece in pieces:
        hashed.update(piece)
    return f"sha256:{hashed.hexdigest()}"

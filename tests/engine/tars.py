"""Creates layers and saved images in the two layouts that engines write."""

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Iterable, Mapping, Sequence

Entry = tuple[tarfile.TarInfo, bytes]


def file(name: str, content: bytes = b"", mode: int = 0o644) -> Entry:
    return _entry(name, tarfile.REGTYPE, content=content, mode=mode)


def folder(name: str) -> Entry:
    return _entry(name, tarfile.DIRTYPE, mode=0o755)


def symlink(name: str, target: str) -> Entry:
    return _entry(name, tarfile.SYMTYPE, target, mode=0o777)


def hardlink(name: str, target: str) -> Entry:
    return _entry(name, tarfile.LNKTYPE, target)


def device(name: str) -> Entry:
    return _entry(name, tarfile.CHRTYPE)


def tar(entries: Iterable[Entry]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for info, content in entries:
            archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def legacy(layers: Sequence[bytes], config: Mapping[str, object]) -> bytes:
    """As saved by Docker 20.10 to 24: a folder per layer, in order; a repeated layer is a link to the first."""
    firsts: dict[bytes, str] = {}
    names, entries = [], []
    for number, layer in enumerate(layers):
        folder = f"{number:x}f"
        names.append(f"{folder}/layer.tar")
        entries += [file(f"{folder}/VERSION", b"1.0"), file(f"{folder}/json", b"{}")]
        known = firsts.setdefault(layer, folder)
        entries.append(file(names[-1], layer) if known == folder else symlink(names[-1], f"../{known}/layer.tar"))
    manifest = [{"Config": "c.json", "RepoTags": None, "Layers": names}]
    entries += [file("c.json", _json(config)), file("manifest.json", _json(manifest)), file("repositories", b"{}")]
    return tar(entries)


def oci(layers: Sequence[bytes], config: Mapping[str, object], *, compressed: bool = False) -> bytes:
    """As saved by Docker 25 and later: blobs ordered by digest; layers are compressed with the containerd store."""
    blobs = [_json(config), *(gzip.compress(layer) if compressed else layer for layer in layers)]
    names = [f"blobs/sha256/{hashlib.sha256(blob).hexdigest()}" for blob in blobs]
    manifest = [{"Config": names[0], "RepoTags": None, "Layers": names[1:]}]
    entries = [file(name, blob) for name, blob in dict(sorted(zip(names, blobs, strict=True))).items()]
    documents = {"index.json": {}, "manifest.json": manifest, "oci-layout": {"imageLayoutVersion": "1.0.0"}}
    return tar(entries + [file(name, _json(document)) for name, document in documents.items()])


def _json(document: object) -> bytes:
    return json.dumps(document).encode()


def _entry(name: str, kind: bytes, target: str = "", *, content: bytes = b"", mode: int = 0o644) -> Entry:
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.mode, info.size = kind, target, mode, len(content)
    return info, content

"""An image as `docker save` streams it: read once, layer by layer, in whatever order it comes."""

import io
import json
import posixpath
import tarfile
import zlib
from collections.abc import Iterable, Iterator, MutableMapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any, Protocol, cast

from docker import DockerClient

from helpers.core.errors import EngineError
from helpers.core.records.image import Layer
from helpers.engine.image_scan import packing

# Bytes per read. tarfile copies the rest of a block for each header that it takes from it, so with blocks of a megabyte
# it would copy more than it reads.
BLOCK = 1 << 16
KEPT_TEXTS = frozenset({"etc/passwd"})  # files whose content is kept
_WHITEOUT = ".wh."  # OCI image specification, layer.md: ".wh.<name>" hides <name>, ".wh..wh..opq" all of the folder
_OPAQUE = ".wh..wh..opq"
_ENGINE_OWN = ".wh..wh."  # other internal files of a storage driver

# Earlier results of scans, under keys that identify the content, so that an entry never becomes outdated
Cache = MutableMapping[str, bytes]


@dataclass(slots=True)
class File:
    """Any entry of a layer except a folder. Hard links to one file share one object."""

    mode: int
    bytes: int = 0
    is_regular: bool = True
    text: str = ""  # of KEPT_TEXTS only


@dataclass(slots=True)
class LayerFiles:
    """The changes of a layer to the file system below it. Paths have no leading slash."""

    files: dict[str, File] = field(default_factory=dict)
    folders: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    emptied: list[str] = field(default_factory=list)  # opaque folders: nothing from the layers below is visible in them
    bytes: int = 0  # in regular files, hard links once


class Readable(Protocol):
    """A stream that can be read once, from its beginning."""

    def read(self, size: int, /) -> bytes:
        """Up to `size` of the next bytes; b"" at the end."""


def read_layer(stream: Readable) -> LayerFiles:
    """The layer in `stream`, a tar that may be compressed.

    Raises tarfile.TarError if it is damaged.
    """
    layer = LayerFiles()
    with tarfile.open(fileobj=cast(IO[bytes], stream), mode="r|*", bufsize=BLOCK) as archive:
        for member in members(archive):
            _take_member(layer, archive, member)
    return layer


def members(archive: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    """The members of a streamed archive. Doesn't keep them in memory, as tarfile itself would."""
    for member in archive:
        archive.members = []  # type: ignore[attr-defined]
        yield member


def clean_path(name: str) -> str:
    """The path in its normal form: "usr/bin/go" for "./usr/bin/go" and "/usr/bin/go"; "" for the root."""
    return posixpath.normpath(f"/{name}").lstrip("/")


def _take_member(layer: LayerFiles, archive: tarfile.TarFile, member: tarfile.TarInfo) -> None:
    path = clean_path(member.name)
    folder, name = posixpath.split(path)
    if name.startswith(_WHITEOUT):
        _hide(layer, folder, name)
    elif member.isdir():
        layer.folders.append(path)
    elif member.islnk():
        layer.files[path] = layer.files.get(clean_path(member.linkname)) or File(member.mode)
    else:
        layer.files[path] = _file(archive, member, path)
        layer.bytes += layer.files[path].bytes


def _hide(layer: LayerFiles, folder: str, name: str) -> None:
    if name == _OPAQUE:
        layer.emptied.append(folder)
    elif not name.startswith(_ENGINE_OWN):
        layer.hidden.append(posixpath.join(folder, name.removeprefix(_WHITEOUT)))


def _file(archive: tarfile.TarFile, member: tarfile.TarInfo, path: str) -> File:
    if not member.isreg():
        return File(member.mode, is_regular=False)
    content = archive.extractfile(member) if path in KEPT_TEXTS else None
    return File(member.mode, member.size, text=content.read().decode(errors="replace") if content else "")


packing.store_as_list(File)


@dataclass(slots=True)
class _Packed:
    """A layer in which each further name of a hard link is the path of its first name."""

    layer: LayerFiles
    links: dict[str, str]


def pack_layer(layer: LayerFiles) -> bytes:
    """The layer as bytes for the cache, including its hard links."""
    first: dict[int, str] = {}
    links = {path: name for path, file in layer.files.items() if (name := first.setdefault(id(file), path)) != path}
    files = {path: file for path, file in layer.files.items() if path not in links}
    return packing.pack(_Packed(replace(layer, files=files), links))


def unpack_layer(packed: bytes) -> LayerFiles:
    """The layer that was passed to `pack_layer`."""
    found = packing.unpack(packed, _Packed)
    files = found.layer.files
    files.update({path: files[name] for path, name in found.links.items()})
    return found.layer


SAMPLE = 8_000_000  # bytes of a large layer's tar to compress; takes a quarter of a second
LARGE = 4 * SAMPLE  # bytes; a layer up to this size is compressed completely
WINDOW = BLOCK
GZIP = b"\x1f\x8b"  # RFC 1952
_LEVEL = 6  # gzip's default
_GZIP_HEADER = 16  # added to zlib's window bits: write a gzip stream, not a zlib stream


def sample_interval(size: int) -> int:
    """One in how many windows is compressed, for a layer of `size` bytes."""
    return size // SAMPLE if size > LARGE else 1


class Compressor(Protocol):
    """What compresses a stream piece by piece, as zlib.compressobj() does."""

    def compress(self, data: bytes, /) -> bytes:
        """The compressed bytes that are ready."""

    def flush(self) -> bytes:
        """The compressed bytes that are left at the end."""


class GzipCounter:
    """A readable stream that counts its compressed bytes as it is read; compresses one window in `one_in`."""

    def __init__(self, stream: Readable, one_in: int = 1, compressor: Compressor | None = None) -> None:
        self._stream, self._one_in = stream, one_in
        self._read = self._sampled = self._bytes = 0
        self._gzip = compressor or zlib.compressobj(_LEVEL, wbits=zlib.MAX_WBITS + _GZIP_HEADER)

    def read(self, size: int, /) -> bytes:
        """Up to `size` of the next bytes, unchanged."""
        piece = self._stream.read(size)
        if self._read // WINDOW % self._one_in == 0:
            self._sampled += len(piece)
            self._bytes += len(self._gzip.compress(piece))
        self._read += len(piece)
        return piece

    def bytes(self) -> int:
        """The compressed bytes of the whole stream, estimated from the sample. Reads the rest of the stream first."""
        while self.read(BLOCK):
            pass
        compressed = self._bytes + len(self._gzip.flush())
        return round(compressed * self._read / self._sampled) if self._sampled else compressed


def cache_key(layer: str) -> str:
    """The cache key of a layer's compressed size. `layer` is its diff ID, or its name in a saved image."""
    return f"compressed:{layer}"


def remember(cache: Cache, sizes: Iterable[tuple[str, int]]) -> None:
    """Caches the compressed bytes of layers, by diff ID, as a registry reported them."""
    for diff_id, size in sizes:
        cache[cache_key(diff_id)] = b"%d" % size


def total(cache: Cache, diff_ids: Iterable[str]) -> int | None:
    """The compressed bytes of the layers in total; None if any of them is unknown."""
    sizes = [cache.get(cache_key(diff_id)) for diff_id in diff_ids]
    known = [int(size) for size in sizes if size is not None]
    return sum(known) if len(known) == len(sizes) else None


_SECONDS = 600  # the engine sends nothing while it writes the whole image to its own disk


@contextmanager
def saving(client: DockerClient, image: str, copy: Path | None = None) -> Iterator[Iterator[bytes]]:
    """The chunks of the image's tar as they arrive. What the block doesn't read isn't transferred.

    With `copy`, the whole archive is transferred and written to that file.
    """
    api: Any = client.api
    with api._get(api._url("/images/{0}/get", image), stream=True, timeout=_SECONDS) as response:
        api._raise_for_status(response)
        chunks = response.iter_content(BLOCK)
        with copy.open("wb") if copy else nullcontext() as file:
            yield _copying(chunks, file) if file else chunks
            if file:
                file.writelines(chunks)


def _copying(chunks: Iterator[bytes], file: IO[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        file.write(chunk)
        yield chunk


_ZSTANDARD = b"\x28\xb5\x2f\xfd"  # RFC 8878
_MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class SavedImage:
    """The layers of an image, lowest first, and its configuration."""

    layers: tuple[LayerFiles, ...]
    config: dict[str, Any]

    def history(self) -> tuple[Layer, ...]:
        """The layers as records: the instruction that created each, its bytes, its diff ID."""
        made_by = [step.get("created_by", "") for step in self.config.get("history", ()) if not step.get("empty_layer")]
        made_by += [""] * (len(self.layers) - len(made_by))  # the history is optional
        diff_ids = self.config["rootfs"]["diff_ids"]
        return tuple(
            Layer(text, layer.bytes, diff_id)
            for text, layer, diff_id in zip(made_by, self.layers, diff_ids, strict=True)
        )


@dataclass(slots=True)
class _Archive:
    layers: dict[str, LayerFiles] = field(default_factory=dict)
    documents: dict[str, Any] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)  # Docker 20.10 saves a repeated layer as a link to the first

    def layer(self, name: str) -> LayerFiles:
        return self.layers[self.links.get(name, name)]


class Chunks:
    """A readable stream of chunks as they arrive."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)

    def read(self, size: int = -1) -> bytes:
        """The next chunk, whatever its length; b"" at the end."""
        return next(self._chunks, b"")


def read_saved(stream: Readable, cache: Cache | None = None) -> SavedImage:
    """The image in a stream of `docker save`; layers in `cache` aren't read again.

    A layer's name in the stream identifies its content: it is the digest of its bytes, or with older engines an ID
    computed from all layers up to it (moby: image/v1, CreateID). Compressed sizes are cached too, by diff ID.
    Raises EngineError if the stream isn't a complete image in a supported format.
    """
    try:
        cache = {} if cache is None else cache
        saved = _archive(stream, cache)
        manifest = saved.documents[_MANIFEST][0]
        config = saved.documents[manifest["Config"]]
        for name, diff_id in zip(manifest["Layers"], config["rootfs"]["diff_ids"], strict=True):
            _cache_size(saved.links.get(name, name), diff_id, cache)
        return SavedImage(tuple(map(saved.layer, manifest["Layers"])), config)
    except (tarfile.TarError, KeyError, IndexError, ValueError, EOFError) as error:
        raise EngineError(
            f"The image that the engine saved could not be read: {type(error).__name__} {error}"
        ) from error


def _cache_size(name: str, diff_id: str, cache: Cache) -> None:
    """Copies the compressed size from the layer's name in the stream to its diff ID, unless a registry reported one."""
    if size := cache.get(cache_key(name)):
        cache.setdefault(cache_key(diff_id), size)


def _archive(stream: Readable, cache: Cache) -> _Archive:
    saved = _Archive()
    with tarfile.open(fileobj=cast(IO[bytes], stream), mode="r|", bufsize=BLOCK) as archive:
        for member in members(archive):
            if member.issym() or member.islnk():
                saved.links[member.name] = _target(member)
            elif content := archive.extractfile(member):
                _take(saved, member, content, cache)
    return saved


def _target(member: tarfile.TarInfo) -> str:
    folder = posixpath.dirname(member.name) if member.issym() else ""
    return posixpath.normpath(posixpath.join(folder, member.linkname))


def _take(saved: _Archive, member: tarfile.TarInfo, content: IO[bytes], cache: Cache) -> None:
    name, start = member.name, cast(io.BufferedReader, content).peek(4)[:4]
    if name.endswith(".json") or (name.startswith("blobs/") and start[:1] == b"{"):
        saved.documents[name] = json.load(content)
    elif start == _ZSTANDARD:
        raise EngineError("A layer of this image is compressed with zstd, which is not supported.")
    elif name.startswith("blobs/") or name.endswith("/layer.tar"):
        if start.startswith(GZIP):
            cache[cache_key(name)] = b"%d" % member.size
        saved.layers[name] = _layer(name, content, member.size, cache)


def _layer(name: str, content: IO[bytes], size: int, cache: Cache) -> LayerFiles:
    """The layer. If its compressed size isn't cached, measures it along the way."""
    if cache_key(name) not in cache:
        counter = GzipCounter(content, sample_interval(size))
        cache[name] = pack_layer(read_layer(counter))
        cache[cache_key(name)] = b"%d" % counter.bytes()
    elif name not in cache:
        cache[name] = pack_layer(read_layer(content))
    return unpack_layer(cache[name])

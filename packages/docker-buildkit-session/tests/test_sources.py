"""What a transfer remembers of its files while the engine may still ask for them."""

import os
import tempfile
import tracemalloc

import pytest
from buildkit_session._entry import Bytes, Piece
from buildkit_session._sources import Sources

FILES = 10_000


def test_every_source_is_found_by_its_number() -> None:
    with tempfile.TemporaryFile() as file:
        given: list[Bytes] = ["/a/b/file", b"an edit", "/a/b/file 2", "/a", Piece(file, 3, 4), "relative", "/a/b/ä", ""]
        sources = Sources()
        for source in given:
            sources.append(source)
        assert [sources[number] for number in range(len(given))] == given


@pytest.mark.skipif(os.name == "nt", reason="names are text there")
def test_a_name_that_is_no_utf8_is_kept() -> None:
    name = os.fsdecode(b"/a/\xff")
    (sources := Sources()).append(name)
    assert sources[0] == name


def test_a_file_takes_little_more_than_its_name() -> None:
    names = [f"file-{number:05}.txt" for number in range(FILES)]
    folder, sources = f"/{'folder' * 20}", Sources()
    tracemalloc.start()
    for name in names:
        sources.append(f"{folder}/{name}")
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert taken / FILES < 2.5 * len(names[0])  # a location as an object of its own: 190 bytes

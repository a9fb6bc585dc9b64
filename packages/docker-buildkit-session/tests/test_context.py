"""What the engine gets of a context: which paths, in which order, with which attributes."""

import io
import os
import tarfile
import uuid
from pathlib import Path
from typing import Literal, get_args

import pytest
from buildkit_session import Archive, Context, Files
from buildkit_session.context import Source, source_of

DIRECTORY, LINK, SETUID, STICKY = 1 << 31, 1 << 27, 1 << 23, 1 << 20


def paths(context: Source, include: tuple[str, ...] = (), exclude: tuple[str, ...] = ()) -> list[str]:
    """The paths in the order in which they are sent."""
    return [entry.stat.path for entry in context.entries(include, exclude)]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A folder with files, folders, an empty folder and a name that sorts around a slash."""
    for name in ("b/two.txt", "b/one.txt", "a.txt", "b.txt", "b/c/three.txt"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    (tmp_path / "empty").mkdir()
    return tmp_path


def test_a_folder_comes_before_what_lies_in_it_and_names_are_ordered_within(tree: Path) -> None:
    assert paths(Context(tree)) == [
        "a.txt", "b", "b/c", "b/c/three.txt", "b/one.txt", "b/two.txt", "b.txt", "empty",
    ]  # fmt: skip


def test_an_excluded_folder_is_left_out_with_all_it_holds(tree: Path) -> None:
    assert paths(Context(tree), exclude=("b",)) == ["a.txt", "b.txt", "empty"]


def test_an_exception_brings_its_folders_along(tree: Path) -> None:
    assert paths(Context(tree), exclude=("*", "!b/c/three.txt")) == ["b", "b/c", "b/c/three.txt"]


def test_each_exception_brings_its_folder_along_also_after_a_folder_that_was_wanted_whole(tmp_path: Path) -> None:
    for folder in ("a", "b", "c"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "kept").touch()
    found = paths(Context(tmp_path), exclude=("*", "!a", "!b/kept", "!c/kept"))
    assert found == ["a", "a/kept", "b", "b/kept", "c", "c/kept"]


def test_an_include_brings_its_folders_along_and_nothing_else(tree: Path) -> None:
    assert paths(Context(tree), include=("b/c/three.txt",)) == ["b", "b/c", "b/c/three.txt"]


def test_including_everything_is_including_nothing_in_particular(tree: Path) -> None:
    assert paths(Context(tree), include=(".", "a.txt")) == paths(Context(tree))


def test_a_wildcard_and_a_link_are_followed(tree: Path) -> None:
    (tree / "link").symlink_to("b/c")
    assert paths(Context(tree), include=("link",)) == ["b", "b/c", "b/c/three.txt", "link"]
    assert paths(Context(tree), include=("*.txt",)) == ["a.txt", "b.txt"]


def test_a_link_never_leads_out_of_the_context(tree: Path) -> None:
    (tree / "out").symlink_to("../../../etc")
    (tree / "etc").mkdir()
    assert paths(Context(tree), include=("out",)) == ["etc", "out"]


def test_links_that_lead_in_a_circle_come_to_an_end(tree: Path) -> None:
    (tree / "x").symlink_to("y")
    (tree / "y").symlink_to("x")
    assert paths(Context(tree), include=("x",)) == ["x", "y"]


def test_a_link_is_sent_as_a_link(tree: Path) -> None:
    (tree / "link").symlink_to("nowhere/at all")
    link = next(entry.stat for entry in Context(tree).entries() if entry.stat.path == "link")
    assert link.mode & LINK and link.linkname == "nowhere/at all"


def test_the_second_name_of_a_file_is_a_link_to_the_first(tree: Path) -> None:
    os.link(tree / "a.txt", tree / "z.txt")
    stats = {entry.stat.path: entry.stat for entry in Context(tree).entries()}
    assert (stats["z.txt"].linkname, stats["z.txt"].size) == ("a.txt", 0)
    assert stats["a.txt"].linkname == "" and stats["a.txt"].size == len("a.txt")


def test_the_second_name_stands_alone_where_the_first_is_excluded(tree: Path) -> None:
    os.link(tree / "a.txt", tree / "z.txt")
    stats = {entry.stat.path: entry.stat for entry in Context(tree).entries(exclude=("a.txt",))}
    assert stats["z.txt"].linkname == "" and stats["z.txt"].size == len("a.txt")


def test_modes_are_told_in_the_words_of_go(tree: Path) -> None:
    (tree / "a.txt").chmod(0o4755)
    (tree / "empty").chmod(0o1777)
    modes = {entry.stat.path: entry.stat.mode for entry in Context(tree).entries()}
    assert modes["a.txt"] == 0o755 | SETUID
    assert modes["empty"] == 0o777 | STICKY | DIRECTORY


def test_owners_stay_at_home(tree: Path) -> None:
    assert {(entry.stat.uid, entry.stat.gid) for entry in Context(tree).entries()} == {(0, 0)}


def test_odd_names_are_sent_as_they_are(tmp_path: Path) -> None:
    names = ["ä ö.txt", "new\nline", "a*b", "\\back", "-dash", "😀"]
    for name in names:
        (tmp_path / name).write_text("")
    assert sorted(paths(Context(tmp_path))) == sorted(names)


def test_a_file_that_vanishes_is_no_error(tree: Path) -> None:
    entries = list(Context(tree).entries())
    (tree / "a.txt").unlink()
    assert b"".join(entries[0].chunks()) == b""


def test_an_edit_is_seen_by_the_engine_alone(tree: Path) -> None:
    context = Context(tree, {"b/one.txt": b"edited", "b/new.txt": b"new"})
    sent = {entry.stat.path: b"".join(entry.chunks()) for entry in context.entries() if not entry.stat.mode & DIRECTORY}
    assert sent["b/one.txt"] == b"edited" and sent["b/new.txt"] == b"new"
    assert (tree / "b/one.txt").read_text() == "b/one.txt" and not (tree / "b/new.txt").exists()


def test_an_edit_keeps_the_mode_and_moves_the_time(tree: Path) -> None:
    (tree / "a.txt").chmod(0o700)
    edited = next(iter(Context(tree, {"a.txt": b"edited"}).entries()))
    assert edited.stat.mode == 0o700
    assert edited.stat.modTime > (tree / "a.txt").stat().st_mtime_ns


def test_without_ignoring_there_is_no_dockerignore(tree: Path) -> None:
    (tree / ".dockerignore").write_text("b\n")
    assert ".dockerignore" in paths(Context(tree))
    assert ".dockerignore" not in paths(Context(tree, ignore=False))


def test_the_engine_knows_a_folder_by_its_place_and_key(tree: Path) -> None:
    assert Context(tree).shared_key == Context(tree, {"a.txt": b""}).shared_key
    assert Context(tree).shared_key != Context(tree, key="another").shared_key


def test_files_are_a_folder_that_is_on_no_disk() -> None:
    (entry,) = Files({"Dockerfile": "FROM scratch\n"}).entries()
    assert (entry.stat.path, entry.stat.mode, b"".join(entry.chunks())) == ("Dockerfile", 0o644, b"FROM scratch\n")


@pytest.mark.parametrize("size", [0, 1, 32 * 1024, 32 * 1024 + 1])
def test_content_is_read_in_pieces_and_whole(tmp_path: Path, size: int) -> None:
    (tmp_path / "file").write_bytes(os.urandom(size))
    (entry,) = Context(tmp_path).entries()
    assert b"".join(entry.chunks()) == (tmp_path / "file").read_bytes()


Mode = Literal["w:", "w:gz", "w:xz"]


def tarred(tree: Path, mode: Mode = "w:") -> io.BytesIO:
    """The folder as `tar -C folder .` makes it."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:
        archive.add(tree, ".")
    return io.BytesIO(buffer.getvalue())


@pytest.mark.parametrize(
    ("include", "exclude"),
    [
        ((), ()),
        (("b/c/three.txt",), ()),
        (("link",), ()),
        (("*.txt",), ()),
        ((), ("b",)),
        ((), ("*", "!b/c/three.txt")),
        ((), ("**/*.txt", "!b.txt")),
    ],
)
def test_an_archive_is_sent_as_the_folder_that_it_was_made_of(
    tree: Path, include: tuple[str, ...], exclude: tuple[str, ...]
) -> None:
    (tree / "link").symlink_to("b/c")
    (tree / "a.txt").chmod(0o4755)
    ours, theirs = (
        [
            (each.stat.path, each.stat.mode, each.stat.size, each.stat.linkname)
            for each in context.entries(include, exclude)
        ]
        for context in (Archive(tarred(tree)), Context(tree))
    )
    assert [*ours] == [*theirs]


@pytest.mark.parametrize("mode", get_args(Mode))
def test_what_is_in_an_archive_arrives_whole(tree: Path, mode: Mode) -> None:
    content = os.urandom(100_000)
    (tree / "large").write_bytes(content)
    found = {entry.stat.path: b"".join(entry.chunks()) for entry in Archive(tarred(tree, mode)).entries()}
    assert (found["large"], found["b/c/three.txt"], found["empty"]) == (content, b"b/c/three.txt", b"")


def test_the_second_name_of_a_file_in_an_archive_has_its_content(tree: Path) -> None:
    os.link(tree / "a.txt", tree / "0.txt")
    found = {entry.stat.path: b"".join(entry.chunks()) for entry in Archive(tarred(tree)).entries()}
    assert found["0.txt"] == found["a.txt"] == b"a.txt"


def test_nothing_leads_out_of_an_archive() -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("../../etc/passwd"))
    assert paths(Archive(io.BytesIO(buffer.getvalue()))) == ["etc", "etc/passwd"]


def test_an_archive_is_known_by_its_content(tree: Path) -> None:
    first, same = (Archive(tarred(tree)).shared_key for _ in range(2))
    (tree / "a.txt").write_text("b.txt")
    os.utime(tree / "a.txt", ns=(1, 1))
    assert first == same != Archive(tarred(tree)).shared_key


def test_folders_above_files_are_made() -> None:
    context = Files({"b/c/file": "text", "a": b"bytes", "/b.txt": ""})
    assert paths(context) == ["a", "b", "b/c", "b/c/file", "b.txt"]
    assert paths(context, include=("b/c",)) == ["b", "b/c", "b/c/file"]
    assert context.read("b/c/file") == b"text" and context.read("b") is None and context.read("x") is None


def test_files_are_known_by_their_content() -> None:
    assert Files({"a": "1", "b": "2"}).shared_key == Files({"b": "2", "a": b"1"}).shared_key
    assert Files({"a": "12"}).shared_key != Files({"a": "1", "2": ""}).shared_key


def test_a_context_is_recognised(tree: Path) -> None:
    assert isinstance(source_of(str(tree)), Context) and isinstance(source_of(tree), Context)
    assert isinstance(source_of({"a": "b"}), Files) and isinstance(source_of(tarred(tree)), Archive)
    context = Context(tree)
    assert source_of(context) is context
    with pytest.raises(NotADirectoryError, match="nowhere"):
        source_of(tree / f"nowhere-{uuid.uuid4().hex}")

"""The digest of a build context: its documented form, what changes it, and when it is unknown."""

import hashlib
import os
from pathlib import Path

import pytest
from buildkit_session import Context

from helpers.engine.context_digest import SMALL, ListedContext, Memory

HELLO = hashlib.sha256(b"hello").hexdigest()


NOTHING_CHANGES = -1  # ns: every file counts as left alone


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A folder with a file, a link, a file in a folder, and one to exclude."""
    root = tmp_path / "context"
    (root / "a").mkdir(parents=True, mode=0o755)
    (root / "a" / "run").write_text("hello")
    (root / "a" / "run").chmod(0o755)
    (root / "a.txt").write_text("hello")
    (root / "a.txt").chmod(0o644)
    (root / "link").symlink_to("a/run")
    (root / "secret").write_text("not sent")
    return root


def listed(root: Path, *, exclude: tuple[str, ...] = ("secret",), **options: object) -> ListedContext:
    """The context of that folder after everything but `exclude` was sent."""
    context = ListedContext.of(Context(root, **options))  # type: ignore[arg-type]
    assert list(context.entries(exclude=exclude))
    return context


def digest(root: Path, *, exclude: tuple[str, ...] = ("secret",), **options: object) -> str | None:
    """The digest of that context, by a process that has hashed nothing before."""
    return listed(root, exclude=exclude, **options).digest(Memory())


def digest_of(*entries: list[str]) -> str:
    """The digest of these entries."""
    text = "".join(f"{field}\0" for entry in entries for field in entry)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def test_the_form_is_the_documented_one(tree: Path) -> None:
    folder_mode = (tree / "a").stat().st_mode & 0o777
    assert digest(tree) == digest_of(
        ["a", "folder", f"{folder_mode:o}", ""],
        ["a/run", "file", "755", HELLO],
        ["a.txt", "file", "644", HELLO],
        ["link", "link", "777", "a/run"],
    )


def test_special_bits_are_part_of_the_mode(tree: Path) -> None:
    (tree / "a.txt").chmod(0o4755)
    context = listed(tree, exclude=("secret", "a", "link"))
    assert context.digest(Memory()) == digest_of(["a.txt", "file", "4755", HELLO])


def test_times_hard_links_and_excluded_files_do_not_count(tree: Path) -> None:
    before = digest(tree)
    os.utime(tree / "a.txt", (1, 1))
    (tree / "secret").write_text("something else")
    assert digest(tree) == before
    (tree / "b.txt").write_text("hello")
    (tree / "b.txt").chmod(0o644)
    copied = digest(tree)
    (tree / "b.txt").unlink()
    (tree / "b.txt").hardlink_to(tree / "a.txt")
    assert digest(tree) == copied != before


@pytest.mark.parametrize("change", ["content", "mode", "name", "target", "kind"])
def test_everything_else_counts(tree: Path, change: str) -> None:
    before = digest(tree)
    if change == "content":
        (tree / "a.txt").write_text("HELLO")
    elif change == "mode":
        (tree / "a.txt").chmod(0o600)
    elif change == "name":
        (tree / "a.txt").rename(tree / "b.txt")
    elif change == "target":
        (tree / "link").unlink()
        (tree / "link").symlink_to("a.txt")
    else:
        (tree / "a.txt").unlink()
        (tree / "a.txt").mkdir(mode=0o644)
    assert digest(tree) not in (before, None)


def test_an_edit_replaces_the_file_on_disk(tree: Path) -> None:
    edited = digest(tree, edits={"a.txt": b"edited"})
    (tree / "a.txt").write_text("edited")
    assert digest(tree) == edited


def test_a_path_that_was_shown_twice_counts_once(tree: Path) -> None:
    once = listed(tree)
    twice = listed(tree)
    assert list(twice.entries(["a.txt"]))
    assert twice.digest(Memory()) == once.digest(Memory())


def test_it_is_unknown_if_a_file_has_changed_or_vanished_since(tree: Path) -> None:
    context = listed(tree)
    (tree / "a.txt").write_text("changed")
    os.utime(tree / "a.txt", (1, 1))
    assert context.digest(Memory()) is None
    context = listed(tree)
    (tree / "a.txt").unlink()
    assert context.digest(Memory()) is None


def test_it_is_unknown_if_a_path_was_shown_in_two_states(tree: Path) -> None:
    context = listed(tree)
    (tree / "link").unlink()
    (tree / "link").symlink_to("elsewhere")
    assert list(context.entries())
    assert context.digest(Memory()) is None


def test_an_unchanged_context_is_not_read_again(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    memory = Memory()
    before = listed(tree).digest(memory)
    again = listed(tree)
    monkeypatch.setattr(os, "open", lambda path, _: pytest.fail(f"{path} was read again"))
    assert again.digest(memory) == before


@pytest.mark.parametrize("change", ["size", "time", "mode"])
def test_a_changed_one_is(tree: Path, change: str) -> None:
    memory = Memory()
    file = tree / "a.txt"
    times = (file.stat().st_atime_ns, file.stat().st_mtime_ns)
    before = listed(tree).digest(memory)
    file.write_text("longer than before" if change == "size" else "HELLO")
    file.chmod(0o600 if change == "mode" else 0o644)
    os.utime(file, ns=(times[0], times[1] + (change == "time")))
    assert listed(tree).digest(memory) not in (before, None)


def test_nothing_shown_has_a_digest() -> None:
    assert ListedContext.of(Context(Path("none"))).digest(Memory()) == f"sha256:{hashlib.sha256().hexdigest()}"


LARGE = b"x" * (SMALL + 1)


@pytest.fixture
def large(tree: Path) -> Path:
    """A file in the tree that is large enough to be remembered."""
    file = tree / "large"
    file.write_bytes(LARGE)
    file.chmod(0o644)
    return file


@pytest.fixture
def known() -> dict[str, bytes]:
    """The remembered files, none at first."""
    return {}


def hashed(context: ListedContext, known: dict[str, bytes]) -> str | None:
    """The context's digest if the process remembers these files, and no contexts."""
    return context.digest(Memory(settled_ns=NOTHING_CHANGES, files=known))


def test_a_large_file_is_hashed_whole(large: Path, known: dict[str, bytes]) -> None:
    context = listed(large.parent, exclude=("a", "a.txt", "link", "secret"))
    assert hashed(context, known) == digest_of(["large", "file", "644", hashlib.sha256(LARGE).hexdigest()])


def test_a_large_file_is_read_once(
    tree: Path, large: Path, known: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = hashed(listed(tree), known)
    monkeypatch.setattr(hashlib, "file_digest", lambda *_: pytest.fail("it was read again"))
    assert hashed(listed(tree), known) == before
    assert known.keys() == {str(large)}


def test_a_replaced_file_is_noticed_even_if_size_and_time_are_the_same(
    tree: Path, large: Path, known: dict[str, bytes]
) -> None:
    times = (large.stat().st_atime_ns, large.stat().st_mtime_ns)
    before = hashed(listed(tree), known)
    replacement = tree.parent / "replacement"
    replacement.write_bytes(LARGE.replace(b"x", b"y"))
    replacement.chmod(0o644)
    replacement.replace(large)
    os.utime(large, ns=times)
    assert hashed(listed(tree), known) not in (before, None)


def test_it_is_unknown_if_a_file_changes_while_it_is_read(
    tree: Path, large: Path, known: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(file: object, algorithm: str) -> "hashlib._Hash":
        large.write_bytes(b"changed")
        return hashlib.new(algorithm)

    context = listed(tree)
    monkeypatch.setattr(hashlib, "file_digest", read)
    assert hashed(context, known) is None


def test_a_file_that_was_just_changed_is_not_remembered(tree: Path, large: Path) -> None:
    memory = Memory(settled_ns=3_600_000_000_000)
    assert listed(tree).digest(memory)
    assert memory.files == {} and len(memory.contexts) == 1


def test_what_is_remembered_has_a_limit(tree: Path, large: Path) -> None:
    memory = Memory(limit=1, settled_ns=NOTHING_CHANGES)
    assert listed(tree).digest(memory)
    (tree / "larger").write_bytes(LARGE + LARGE)
    assert listed(tree).digest(memory)
    assert len(memory.files) == len(memory.contexts) == 1

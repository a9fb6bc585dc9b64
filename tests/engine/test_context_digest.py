"""The digest of a build context: its documented form, what changes it, and when it is unknown."""

import hashlib
import os
from pathlib import Path

import pytest

from helpers.engine import context_digest
from helpers.engine.buildkit import Context
from helpers.engine.context_digest import ListedContext

HELLO = hashlib.sha256(b"hello").hexdigest()


@pytest.fixture(autouse=True)
def nothing_hashed(monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """The remembered hashes, empty at first."""
    hashes: dict[str, bytes] = {}
    monkeypatch.setattr(context_digest, "_hashes", hashes)
    return hashes


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


def digest_of(*entries: list[str]) -> str:
    """The digest of these entries."""
    text = "".join(f"{field}\0" for entry in entries for field in entry)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def test_the_form_is_the_documented_one(tree: Path) -> None:
    folder_mode = (tree / "a").stat().st_mode & 0o777
    assert listed(tree).digest() == digest_of(
        ["a", "folder", f"{folder_mode:o}", ""],
        ["a.txt", "file", "644", HELLO],
        ["a/run", "file", "755", HELLO],
        ["link", "link", "777", "a/run"],
    )


def test_special_bits_are_part_of_the_mode(tree: Path) -> None:
    (tree / "a.txt").chmod(0o4755)
    context = listed(tree, exclude=("secret", "a", "link"))
    assert context.digest() == digest_of(["a.txt", "file", "4755", HELLO])


def test_times_hard_links_and_excluded_files_do_not_count(tree: Path) -> None:
    before = listed(tree).digest()
    os.utime(tree / "a.txt", (1, 1))
    (tree / "secret").write_text("something else")
    assert listed(tree).digest() == before
    (tree / "b.txt").write_text("hello")
    (tree / "b.txt").chmod(0o644)
    copied = listed(tree).digest()
    (tree / "b.txt").unlink()
    (tree / "b.txt").hardlink_to(tree / "a.txt")
    assert listed(tree).digest() == copied != before


@pytest.mark.parametrize("change", ["content", "mode", "name", "target", "kind"])
def test_everything_else_counts(tree: Path, change: str) -> None:
    before = listed(tree).digest()
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
    assert listed(tree).digest() not in (before, None)


def test_an_edit_replaces_the_file_on_disk(tree: Path) -> None:
    edited = listed(tree, edits={"a.txt": b"edited"}).digest()
    (tree / "a.txt").write_text("edited")
    assert listed(tree).digest() == edited


def test_a_path_that_was_shown_twice_counts_once(tree: Path) -> None:
    once = listed(tree)
    twice = listed(tree)
    assert list(twice.entries(["a.txt"]))
    assert twice.digest() == once.digest()


def test_it_is_unknown_if_a_file_has_changed_or_vanished_since(tree: Path) -> None:
    context = listed(tree)
    (tree / "a.txt").write_text("changed")
    os.utime(tree / "a.txt", (1, 1))
    assert context.digest() is None
    context = listed(tree)
    (tree / "a.txt").unlink()
    assert context.digest() is None


def test_nothing_shown_has_a_digest() -> None:
    assert ListedContext.of(Context(Path("none"))).digest() == f"sha256:{hashlib.sha256().hexdigest()}"


def test_a_file_is_read_once(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(context_digest, "_SETTLED_NS", -1)
    before = listed(tree).digest()
    monkeypatch.setattr(context_digest, "_read", lambda path, *_: pytest.fail(f"{path} was read again"))
    assert listed(tree).digest() == before


def test_a_change_is_noticed_even_if_size_and_time_are_the_same(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(context_digest, "_SETTLED_NS", -1)
    file = tree / "a.txt"
    times = (file.stat().st_atime_ns, file.stat().st_mtime_ns)
    before = listed(tree).digest()
    replacement = tree.parent / "replacement"
    replacement.write_text("HELLO")
    replacement.chmod(0o644)
    replacement.replace(file)
    os.utime(file, ns=times)
    assert listed(tree).digest() not in (before, None)


def test_a_file_that_was_just_changed_is_not_remembered(tree: Path, nothing_hashed: dict[str, bytes]) -> None:
    assert listed(tree).digest()
    assert nothing_hashed == {}


def test_what_is_remembered_has_a_limit(
    tree: Path, nothing_hashed: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(context_digest, "_SETTLED_NS", -1)
    monkeypatch.setattr(context_digest, "_REMEMBERED", 1)
    assert listed(tree).digest()
    assert len(nothing_hashed) == 1


def test_a_large_file_is_hashed_whole(tmp_path: Path) -> None:
    content = os.urandom(context_digest._SMALL + 1)
    (tmp_path / "large").write_bytes(content)
    (tmp_path / "large").chmod(0o644)
    assert listed(tmp_path).digest() == digest_of(["large", "file", "644", hashlib.sha256(content).hexdigest()])

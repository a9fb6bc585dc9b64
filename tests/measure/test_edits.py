"""What a scenario changes, in the sample API and in unknown projects."""

from pathlib import Path

import pytest

from helpers.core.errors import WorkbookError
from helpers.course.subject import SAMPLE
from helpers.measure.project import editable

GO = 'package main\n\nimport "fmt"\n\nfunc main() { fmt.Println(1) }\n'


def test_cold_and_unchanged_edit_nothing() -> None:
    assert SAMPLE.editable.edits("cold", SAMPLE.folder, "n") == {}
    assert SAMPLE.editable.edits("unchanged", SAMPLE.folder, "n") == {}


def test_a_source_edit_adds_a_line_that_changes_the_binary() -> None:
    (edited,) = SAMPLE.editable.edits("source-edit", SAMPLE.folder, "nonce").items()
    assert edited[0] == "main.go"
    assert edited[1].startswith((SAMPLE.folder / "main.go").read_bytes())
    assert b'println("edited nonce")' in edited[1]


def test_a_dependency_edit_uses_a_version_with_a_known_checksum() -> None:
    (edited,) = SAMPLE.editable.edits("dependency-edit", SAMPLE.folder, "nonce").items()
    before = (SAMPLE.folder / "go.mod").read_text()
    assert edited[0] == "go.mod" and b"nonce" in edited[1]
    assert "go-isatty v0.0.16" in before and b"go-isatty v0.0.17" in edited[1]
    assert "go-isatty v0.0.17 h1:" in (SAMPLE.folder / "go.sum").read_text()


def test_nothing_on_disk_changes() -> None:
    before = {path: path.read_bytes() for path in SAMPLE.folder.rglob("*") if path.is_file()}
    for scenario in ("source-edit", "dependency-edit"):
        SAMPLE.editable.edits(scenario, SAMPLE.folder, "nonce")
    assert before == {path: path.read_bytes() for path in SAMPLE.folder.rglob("*") if path.is_file()}


def test_the_main_function_closest_to_the_root_is_edited(tmp_path: Path) -> None:
    for name in ("cmd/deep/tool/main.go", "cmd/api.go"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(GO)
    (tmp_path / "lib.go").write_text("package lib\n")
    assert editable(tmp_path).source == "cmd/api.go"


def test_another_language_gets_a_comment(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("print(1)\n")
    (tmp_path / "requirements.txt").write_text("flask\n")
    known = editable(tmp_path)
    assert known.edits("source-edit", tmp_path, "n")["app.py"].endswith(b"\n# edited n\n")
    assert known.edits("dependency-edit", tmp_path, "n")["requirements.txt"].endswith(b"\n# edited n\n")


def test_a_file_can_be_named(tmp_path: Path) -> None:
    (tmp_path / "lib.rs").write_text("")
    assert editable(tmp_path, source="lib.rs").edits("source-edit", tmp_path, "n") == {"lib.rs": b"\n// edited n\n"}


def test_without_a_file_to_edit_the_hint_says_how_to_name_one(tmp_path: Path) -> None:
    known = editable(tmp_path)
    assert known.allows("cold") and not known.allows("source-edit") and not known.allows("dependency-edit")
    with pytest.raises(WorkbookError, match="open_folder"):
        known.edits("source-edit", tmp_path, "n")


def test_a_file_with_unknown_comment_syntax_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data.bin").write_bytes(b"")
    with pytest.raises(WorkbookError, match=r"data\.bin"):
        editable(tmp_path, source="data.bin").edits("source-edit", tmp_path, "n")

"""Tests that the README, the workflow and `.ci/run` agree."""

import os
import re
from pathlib import Path

import yaml  # type: ignore[import-untyped]

from helpers import commands
from helpers.core.paths import PROJECT
from helpers.runner.result_files import DOCUMENT, LATEST

README = (PROJECT / "README.md").read_text(encoding="utf-8")
DOCS = {
    path: path.read_text(encoding="utf-8") for path in [PROJECT / "README.md", *sorted((PROJECT / "docs").glob("*.md"))]
}
BLOCKS = [block.strip() for block in re.findall(r"^```\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)]
RUN, TEST = "python3 -m helpers run --yes", "python3 -m helpers test --yes"
WORKFLOW = (PROJECT / ".github" / "workflows" / "course.yml").read_text(encoding="utf-8")


def test_the_two_commands_are_the_first_code_blocks() -> None:
    assert BLOCKS[:2] == [RUN, TEST]


def test_every_command_in_the_readme_and_the_docs_is_valid() -> None:
    shown = [line for text in DOCS.values() for line in re.findall(r"python3 -m helpers ([^`\n.]+)", text)]
    assert len(shown) > 10
    for line in shown:
        assert commands.read(line.split()).command


def test_the_document_that_the_docs_validate_is_that_of_the_last_complete_run() -> None:
    (command,) = re.findall(r"^pipx run check-jsonschema .*$", "\n".join(DOCS.values()), re.MULTILINE)
    *_, schema, document = command.split()
    assert (PROJECT / schema).is_file()
    assert document == f"results/{LATEST}/{DOCUMENT}"


def test_ci_runs_the_test_command_of_the_readme() -> None:
    script = PROJECT / ".ci" / "run"
    lines = script.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "#!/usr/bin/env bash"
    assert lines[-1] == f"exec {TEST}"
    assert os.access(script, os.X_OK)


def test_the_workflow_runs_both_commands_on_push_and_monthly_and_keeps_their_output() -> None:
    steps = [step for job in yaml.safe_load(WORKFLOW)["jobs"].values() for step in job["steps"]]
    assert {RUN, ".ci/run"} <= {step.get("run") for step in steps}
    uploads = [step["with"]["path"] for step in steps if str(step.get("uses")).startswith("actions/upload-artifact")]
    kept = {path for paths in uploads for path in paths.split()}
    assert kept == {"results/latest/", "results/junit.xml"}
    assert re.search(r"^ {2}push:$", WORKFLOW, re.MULTILINE)
    assert re.search(r'cron: "\d+ \d+ 1 \* \*"', WORKFLOW)


def test_every_linked_file_exists() -> None:
    links = [
        (path.parent / link).resolve()
        for path, text in DOCS.items()
        for link in re.findall(r"\]\((?!https?:)([^)#]+)\)", text)
    ]
    assert len(links) > 30
    assert [link for link in links if not link.exists()] == []


def test_the_readme_fits_on_two_screens() -> None:
    assert len(README.splitlines()) <= 100


def test_both_licences_are_named_and_included() -> None:
    licences = (PROJECT / "LICENSE").read_text(encoding="utf-8")
    assert "MIT License" in licences
    assert "CC-BY-4.0" in licences
    assert "MIT" in README and "CC BY 4.0" in README


def test_every_file_that_the_documentation_names_exists() -> None:
    texts = [*DOCS.values(), (PROJECT / "CONTRIBUTING.md").read_text(encoding="utf-8")]
    named = {path for text in texts for path in re.findall(r"`((?:helpers|tests|docs|benchmarks)/[\w./-]+)`", text)}
    assert len(named) > 20
    assert [path for path in sorted(named) if "NN" not in path and not (PROJECT / path).exists()] == []


def test_each_promise_of_the_safety_page_names_its_code_and_its_tests() -> None:
    _, *sections = re.split(r"^## ", (PROJECT / "docs/safety.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    promises = {text.partition("\n")[0]: text for text in sections if not text.startswith("What was not tested")}
    assert len(promises) > 5
    for title, text in promises.items():
        assert _named_files(text, "Code", "helpers"), title
        assert _named_files(text, "Tests", "tests"), title


def _named_files(text: str, kind: str, folder: str) -> list[Path]:
    """The files in the folder that the paragraph of this kind names; each must exist."""
    (paragraph,) = re.findall(rf"^{kind}: (.*?)\n(?:\n|\Z)", text, re.MULTILINE | re.DOTALL)
    files = [PROJECT / path for path in re.findall(r"`([\w./-]+/[\w.-]+)`", paragraph)]
    assert [file for file in files if not file.is_file()] == []
    return [file for file in files if file.is_relative_to(PROJECT / folder)]

"""The course's text has no puzzling words, and a comparison without a claim is detected."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers.core.paths import PROJECT
from helpers.course import writing
from helpers.course.notebooks import BEGIN, END, README
from helpers.course.rules import number_of_claims

DOCUMENTS = ("README.md", "CONTRIBUTING.md", "sample_api_golang/README.md", "docs/*.md")
DOCKERFILES = ("dockerfiles/*Dockerfile", "helpers/course/**/*Dockerfile", "notebooks/own-project/*")
MESSAGES = ("helpers/**/*.py", "packages/*/src/**/*.py")
THE_LIST_ITSELF = Path(writing.__file__)


def files(*patterns: str) -> Iterator[Path]:
    return (path for pattern in patterns for path in sorted(PROJECT.glob(pattern)) if path.is_file())


def strings(path: Path) -> str:
    """All strings of a module: sentences of claims, hints, messages and docstrings."""
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    values = [node.value for node in nodes if isinstance(node, ast.Constant)]
    return "\n".join(value for value in values if isinstance(value, str))


@pytest.mark.parametrize("patterns", [DOCUMENTS, DOCKERFILES])
def test_documents_and_dockerfiles_have_no_puzzling_words(patterns: tuple[str, ...]) -> None:
    found = list(files(*patterns))
    assert len(found) >= 3
    assert [(path.name, word) for path in found for word in writing.puzzling(path.read_text(encoding="utf-8"))] == []


def test_claims_and_messages_have_no_puzzling_words() -> None:
    found = [path for path in files(*MESSAGES) if path != THE_LIST_ITSELF]
    assert len(found) > 100
    assert [(path.name, word) for path in found for word in writing.puzzling(strings(path))] == []


def test_the_readmes_comparisons_name_a_claim() -> None:
    before, _, rest = README.read_text(encoding="utf-8").partition(BEGIN)
    own = before + rest.partition(END)[2]  # between them are sentences of the notebooks
    assert list(writing.unproved(own, "", number_of_claims)) == []


@pytest.mark.parametrize(
    "text",
    [
        "This mends it.",
        "The compiler is in a room of its own, and the room is big.",
        "The instruction is carried out.",
        "A file that holds the modules lies there.",
        "Look inside the image.",
        "It is 1.4 times less.",
        "Whoever reads it",
    ],
)
def test_a_puzzling_word_is_detected(text: str) -> None:
    assert list(writing.puzzling(text)) != []


@pytest.mark.parametrize(
    "text",
    [
        "There is room for three recommendations.",
        "It holds the folder's lock.",
        "An account with sudo, a warehouse.",
        "What it stands for, and what stands in for it.",
        "Look at the layers.",
    ],
)
def test_a_word_in_its_everyday_sense_is_not_puzzling(text: str) -> None:
    assert list(writing.puzzling(text)) == []


def claims(section: str) -> int:
    return {"04": 3, "05": 2}.get(section, 0)


@pytest.mark.parametrize(
    "text",
    [
        "The image is larger.",
        "The earlier it fails, the less it costs.",
        "- The rebuild is **faster**, and the image stays.",
        "It takes twice as long.",
        "It holds more than a gigabyte.",
        "Proved. <!-- claim 1 -->\n\nThe image is smaller.",
        "- Proved, larger. <!-- claim 1 -->\n- The image is smaller.",
        "It's smaller. <!-- claim 4 -->",
        "It's smaller. <!-- claim 05.3 -->",
        "It's smaller. <!-- no claim: -->",
    ],
)
def test_a_comparison_without_a_claim_is_detected(text: str) -> None:
    assert len(list(writing.unproved(text, "04", claims))) == 1


@pytest.mark.parametrize(
    "text",
    [
        "The image is larger.\nReally. <!-- claim 3 -->",
        "It's larger, and starts sooner. <!-- claims 1, 05.2 -->",
        "Python 3.11 or newer is no longer missing.",
        "Will the image be larger?",
        '"So builds are faster?" you ask.',
        "It needs more than one file. <!-- no claim: counts files, measures nothing -->",
        "```\nlarger\n```",
    ],
)
def test_a_comparison_with_a_claim_a_reason_or_a_question_mark_is_fine(text: str) -> None:
    assert list(writing.unproved(text, "04", claims)) == []


def test_text_outside_the_sections_names_the_section_of_a_claim() -> None:
    assert list(writing.unproved("It's larger. <!-- claim 04.1 -->", "", claims)) == []
    assert list(writing.unproved("It's larger. <!-- claim 1 -->", "", claims)) == ["there is no claim 1"]

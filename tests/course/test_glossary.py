"""The glossary has one line a term, each with its official page, and only terms that the notebooks use."""

import re
from urllib.parse import urlsplit

from helpers.core.paths import PROJECT
from helpers.course import notebooks
from helpers.course.sections import discover

LINE = re.compile(r"- \*\*\[(?P<term>[^]]+)\]\((?P<link>https://\S+)\)\*\*: .+\.")
OFFICIAL = {
    "docs.docker.com",
    "docker-py.readthedocs.io",
    "go.dev",
    "pkg.go.dev",
    "man7.org",
    "kubernetes.io",
    "opencontainers.org",
    "github.com",
}
TEXT = (PROJECT / "docs/glossary.md").read_text(encoding="utf-8")
LINES = [line for line in TEXT.splitlines() if line.startswith("- ")]
ENTRIES = [match for line in LINES if (match := LINE.fullmatch(line))]
TERMS = [entry["term"] for entry in ENTRIES]


def test_each_line_is_a_term_with_a_link_and_a_sentence() -> None:
    assert len(ENTRIES) == len(LINES) > 25


def test_each_term_links_an_official_page() -> None:
    assert {urlsplit(entry["link"]).hostname for entry in ENTRIES} <= OFFICIAL


def test_the_terms_are_in_alphabetical_order_and_occur_once() -> None:
    assert sorted(set(TERMS), key=lambda term: term.lower().lstrip(".")) == TERMS


def test_each_term_occurs_in_a_notebook() -> None:
    text = "\n".join(cell.source for each in discover() for cell in notebooks.load(each.notebook).cells)
    assert [term for term in TERMS if not re.search(rf"(?<!\w){re.escape(term)}", text, re.IGNORECASE)] == []


def test_the_readme_and_every_notebook_link_it() -> None:
    assert "](docs/glossary.md)" in (PROJECT / "README.md").read_text(encoding="utf-8")
    for section in discover():
        assert notebooks.load(section.notebook).cells[-1].source.count("](../docs/glossary.md)") == 1, section.name

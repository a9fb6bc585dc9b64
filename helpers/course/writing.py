"""What the course's text must not contain: words that puzzle a reader, and comparisons that no claim proves."""

import re
from collections.abc import Callable, Iterator, Mapping

# Each pattern, and what to write instead. Words with an everyday sense are matched only in the sense that puzzles: "a
# room" is a layer, but there is "room for three"; a lock is held; "stands for" and "stands in for" are plain English.
PUZZLING: Mapping[str, str] = {
    r"mend(?:s|ed|ing)?": "fix",
    r"amiss": "wrong",
    r"houses?": "package, layer",
    r"(?:an?|the|this|that|each|every|its|own) rooms?": "package, layer",
    r"carr(?:y|ies|ied|ying) out": "run",
    r"accounts? of (?:a|the|each|every|this) (?:\w+ )?builds?": "build log, trace",
    r"stands(?! for| in for| out)|lies|holds(?!.{0,20} lock)": "is, contains",
    r"(?:takes?|took|taking) the place": "replaces",
    r"the same as a table": "data",
    r"what moved what": "what each step changed",
    r"exposures?": "attack surface",
    r"strangers?": "attacker",
    r"made out of": "built from",
    r"how it goes again": "how to remove it",
    r"times less": "you guessed … too high, or a fraction",
    r"by hand:": "same with the CLI:",
    r"as (?:it is )?usually taught": "the instruction that it is about",
    r"look(?:s|ed|ing)? (?:into|inside)": "scan, list, open",
    r"held against": "compared with",
    r"whoever|as whom|somebody": "you, the user, an attacker",
}

_COMPARATIVE = re.compile(
    r"\b(?:faster|slower|quicker|larger|smaller|bigger|sooner|(?<!no )(?<!any )(?<!for )longer|shorter|fewer"
    r"|(?:more|less)(?: \S+){0,2} than|(?:twice|half|times) as|the (?:more|less))\b",
    re.IGNORECASE,
)
_PROVED = re.compile(r"<!-- claims? ((?:\d\d\.)?\d+(?:, (?:\d\d\.)?\d+)*) -->")
_ALLOWED = re.compile(r"<!-- no claim: \S.+? -->")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_BLOCKS = re.compile(r"\n\s*\n|\n(?=\s*(?:[-*|]|\d+\.) )")  # between paragraphs, list items and rows of a table
_SENTENCES = re.compile(r"(?<=[.?!:])[*\"”)]*\s+")
_FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


def puzzling(text: str) -> Iterator[str]:
    """Each puzzling word in the text, and what to write instead."""
    for pattern, instead in PUZZLING.items():
        for match in re.finditer(rf"\b(?:{pattern})(?!\w)", text, re.IGNORECASE):
            yield f"{match[0]!r}: write {instead}"


def unproved(text: str, section: str, claims: Callable[[str], int]) -> Iterator[str]:
    """Each comparison in a Markdown text that names no claim, and each named claim that doesn't exist.

    A paragraph or list item names the claims that prove its comparisons: `<!-- claim 2 -->`, or `<!-- claim 05.1 -->`
    for one of another section. `<!-- no claim: … -->` says why a comparison isn't about measurements. Questions are
    free. `section` is the two digits of the section that the text belongs to, "" if there is none; `claims` is the
    number of claims of a section.
    """
    for block in _BLOCKS.split(_FENCED.sub("", text)):
        proofs = [name for match in _PROVED.findall(block) for name in match.split(", ")]
        yield from (f"there is no claim {name}" for name in proofs if not _exists(name, section, claims))
        if not proofs and not _ALLOWED.search(block):
            yield from (f"{sentence!r} names no claim" for sentence in _comparisons(block))


def _comparisons(block: str) -> list[str]:
    sentences = _SENTENCES.split(" ".join(_COMMENT.sub("", block).split()))
    return [each for each in sentences if _COMPARATIVE.search(each) and not each.rstrip('*"”)').endswith("?")]


def _exists(name: str, section: str, claims: Callable[[str], int]) -> bool:
    """Whether "2", or "05.2" of another section, is the number of a claim."""
    other, _, number = name.rpartition(".")
    return bool(other or section) and 1 <= int(number) <= claims(other or section)

"""The list of mutations: ways to break the project's own code, each with the test that must notice it."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

LISTS = Path(__file__).parent


@dataclass(frozen=True)
class Mutation:
    """One replacement in one file, and the test that fails because of it."""

    topic: str  # the name of the list that it is in
    breaks: str  # what is wrong afterwards, as a sentence without a full stop
    file: str  # relative to the project
    original: str  # occurs once in the file
    replacement: str
    test: str  # pytest's ID

    def applied(self, text: str) -> str:
        """The file's text with the replacement. Raises ValueError unless the original occurs exactly once."""
        if text.count(self.original) != 1:
            raise ValueError(f"{self.file} contains this {text.count(self.original)} times: {self.original!r}")
        return text.replace(self.original, self.replacement)


def listed() -> Iterator[Mutation]:
    """All mutations, list by list."""
    for path in sorted(LISTS.glob("*.toml")):
        for entry in tomllib.loads(path.read_text(encoding="utf-8"))["mutation"]:
            yield Mutation(topic=path.stem, **entry)

"""Questions for an exit code: the answer is a word, since a code can't be too high or too low."""

from types import SimpleNamespace
from typing import Any

import pytest

from helpers.core.errors import ContainerExited
from helpers.course import clinic
from helpers.course.claims import guesses_of
from helpers.course.guesses import Guess


def question(section: str, name: str) -> Guess:
    (found,) = (guess for guess in guesses_of(section) if guess.name == name)
    return found


def test_the_exit_code_of_section_06_has_no_size() -> None:
    def run(options: object) -> None:
        raise ContainerExited("The container exited with status 2 before it answered.")

    section: Any = SimpleNamespace(experiment=SimpleNamespace(run=run))
    guess = question("06-set-environment", "exit-code")
    assert guess.measured(section) == "2"
    assert "too" not in guess.verdict(1.0, guess.measured(section))


def test_the_exit_code_of_section_13_has_no_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clinic, "examined", lambda *_: SimpleNamespace(status=137))
    section: Any = SimpleNamespace(variants={}, experiment=SimpleNamespace(client=None))
    guess = question("13-error-clinic", "status")
    assert guess.measured(section) == "137"
    assert "too" not in guess.verdict(1.0, guess.measured(section))

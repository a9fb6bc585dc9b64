"""Guesses: how a question is asked, and how a guess compares with what was measured."""

import re

import ipywidgets  # type: ignore[import-untyped]
import pytest

from helpers.charts import guess_field
from helpers.core.units import number_or_text
from helpers.course import notebooks, reporter
from helpers.course.claims import guesses_of
from helpers.course.guesses import Guess, Value
from helpers.course.reporter import Reporter
from helpers.course.sections import SectionFiles, discover

SIZE = Guess("size", "How large is it?", lambda section: 1152.0, "MB")
USER = Guess("user", "Which user?", lambda section: "root")


@pytest.mark.parametrize(
    ("guessed", "measured", "verdict"),
    [
        (1152.0, 1152.0, "You guessed right."),
        (1100.0, 1152.0, "You guessed 1,100 MB: close."),
        (576.0, 1152.0, "You guessed 576 MB: 2.0× too low."),
        (2304.0, 1152.0, "You guessed 2,304 MB: 2.0× too high."),
        (0.0, 3.0, "You guessed 0 MB."),
        (3.0, 0.0, "You guessed 3 MB."),
        (928.0, 928.4, "You guessed right."),
    ],
)
def test_a_guess_is_compared_with_the_measurement(guessed: Value, measured: Value, verdict: str) -> None:
    assert SIZE.verdict(guessed, measured) == verdict


@pytest.mark.parametrize(
    ("guessed", "verdict"),
    [("Root", "You guessed right."), ("nonroot", "You guessed nonroot."), (2.0, "You guessed 2.")],
)
def test_a_guess_is_compared_with_a_word(guessed: Value, verdict: str) -> None:
    assert USER.verdict(guessed, "root") == verdict


@pytest.mark.parametrize(("value", "shown"), [(928.4, "928 MB"), (17.43, "17.4 MB"), (3.0, "3 MB"), ("no", "no MB")])
def test_a_value_is_shown_with_its_unit(value: Value, shown: str) -> None:
    assert SIZE.shown(value) == shown


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        (" 12 ", 12.0),
        ("1,5", 1.5),
        ("1,152", 1152.0),
        ("1,152.5", 1152.5),
        ("0,125", 0.125),
        ("900 MB", 900.0),
        ("root", "root"),
        ("words MB", "words MB"),
        ("nan", "nan"),
        ("inf", "inf"),
        ("  ", None),
    ],
)
def test_what_is_typed_is_a_number_if_it_can_be(typed: str, value: Value | None) -> None:
    assert number_or_text(typed, "MB") == value


def test_the_field_starts_empty_and_saves_what_was_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[ipywidgets.VBox] = []
    saved: list[Value] = []
    monkeypatch.setattr(guess_field, "display", shown.append)

    guess_field.show("Which uid? <b>", "MB", saved.append)
    question, row, _ = shown[0].children
    field, _, button = row.children
    assert question.value == "Which uid? &lt;b&gt;" and field.value == ""
    button.click()
    assert saved == []
    field.value = "1001 MB"
    button.click()
    assert saved == [1001.0]


@pytest.mark.parametrize("section", discover(), ids=lambda each: each.name)
def test_each_question_is_asked_without_a_value_answered_and_summed_up(section: SectionFiles) -> None:
    code = "\n".join(cell.source for cell in notebooks.code_cells(notebooks.load(section.notebook)))
    names = [guess.name for guess in guesses_of(section.name)]
    assert 1 <= len(names) <= 3
    for call in ("guess", "answer"):
        assert sorted(re.findall(rf'section\.{call}\("([^"]+)"\)', code)) == sorted(names)
    assert code.index("section.guesses()") > code.rindex("section.answer(")


@pytest.mark.parametrize("live", [True, False])
def test_a_field_is_shown_only_where_someone_can_fill_it_in(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], live: bool
) -> None:
    fields: list[str] = []
    monkeypatch.setattr(reporter, "front_end_listens", lambda: live)
    monkeypatch.setattr(guess_field, "show", lambda question, unit, save: fields.append(question))
    Reporter().question("uid", "Which uid?", "", lambda value: None)
    assert (fields, "Which uid?" in capsys.readouterr().out) == (["Which uid?"] if live else [], not live)

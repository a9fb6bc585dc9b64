"""The time of a section: this machine's own, else the committed one."""

import pytest

from helpers.core import section_times
from helpers.core.section_times import SectionTimes
from helpers.course import minutes


@pytest.fixture(autouse=True)
def times(monkeypatch: pytest.MonkeyPatch) -> None:
    committed = SectionTimes({"all": {"04": 187.0, "05": 60.0}}, "Debian", "2026")
    monkeypatch.setattr(section_times, "load", lambda: committed)
    monkeypatch.setattr(section_times, "own", lambda: SectionTimes({"all": {"04": 400.0}}))


def test_minutes_are_rounded_up() -> None:
    assert (minutes.committed("04"), minutes.committed("05"), minutes.committed("13")) == ("4 min", "1 min", "")


def test_this_machines_own_time_comes_first() -> None:
    assert minutes.sentence("04") == "Time: 7 min with all scenarios, as in the last run on this machine."


def test_another_machines_time_is_marked() -> None:
    assert minutes.sentence("05") == "Time: about 1 min with all scenarios, as measured on another machine."


def test_nothing_is_said_about_a_section_that_was_never_measured() -> None:
    assert minutes.sentence("13") == ""


def test_the_origin_names_date_and_machine() -> None:
    assert minutes.origin() == "2026 on Debian"

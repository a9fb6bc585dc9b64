"""Badges: a symbol, always with its word."""

import pytest

from helpers.show.badges import BADGES, badge, badges


@pytest.mark.parametrize("aim", BADGES)
def test_a_badge_says_its_aim_in_words_and_to_a_screen_reader(aim):
    assert badge(aim) == f'<span role="img" aria-label="aim: {aim}">{BADGES[aim]} {aim}</span>'


def test_badges_come_in_the_courses_order():
    assert badges(["clarity", "security"]) == f"{badge('security')} · {badge('clarity')}"
    assert badges([]) == ""


def test_an_unknown_aim_is_an_error():
    with pytest.raises(KeyError):
        badge("speed")

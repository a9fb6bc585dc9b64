"""Alternating measurements: order, warm-up, and which measurement belongs to which side."""

from collections.abc import Callable

import pytest

from benchmarks.pair import Rival, alone, compared, in_turns, order, seconds
from helpers.core.records import Progress


class Sides:
    """Sides that record their turns; each measurement is the number of its turn."""

    def __init__(self) -> None:
        self.turns: list[str] = []

    def side(self, name: str) -> Callable[[], float]:
        def turn() -> float:
            self.turns.append(name)
            return float(len(self.turns))

        return turn


@pytest.mark.parametrize(("count", "rounds"), [(1, [[0], [0]]), (2, [[0, 1], [1, 0], [0, 1]])])
def test_each_round_starts_with_the_next_side(count: int, rounds: list[list[int]]) -> None:
    assert [order(count, number) for number in range(len(rounds))] == rounds


def test_each_of_three_sides_starts_one_round_in_three() -> None:
    assert [order(3, number) for number in range(3)] == [[0, 1, 2], [1, 2, 0], [2, 0, 1]]


def test_sides_warm_up_once_and_then_alternate() -> None:
    sides = Sides()
    measured = in_turns([sides.side("ours"), sides.side("theirs")], 3)
    assert sides.turns == ["ours", "theirs", "ours", "theirs", "theirs", "ours", "ours", "theirs"]
    assert measured == [(3.0, 6.0, 7.0), (4.0, 5.0, 8.0)]


def test_sides_that_take_minutes_need_not_warm_up() -> None:
    sides = Sides()
    assert in_turns([sides.side("ours"), sides.side("theirs")], 1, warm_up=False) == [(1.0,), (2.0,)]


def test_progress_reports_the_round() -> None:
    reported: list[Progress] = []
    in_turns([lambda: 1.0], 2, reported.append)
    assert [(each.what, each.done, each.total) for each in reported] == [
        ("warming up", 0, 2),
        ("round 1 of 2", 0, 2),
        ("round 2 of 2", 1, 2),
    ]


def test_each_rival_is_compared_with_the_same_measurements_of_ours(capsys: pytest.CaptureFixture[str]) -> None:
    sides = Sides()
    rivals = [Rival("save", sides.side("save"), 1.5), Rival("dive", sides.side("dive"))]
    save, dive = compared("contents", "scan", sides.side("ours"), rivals, 2)
    assert sides.turns.count("ours") == 3
    assert save.ours == dive.ours
    assert (save.against, save.limit, dive.against, dive.limit) == ("save", 1.5, "dive", None)
    assert "contents, scan: " in capsys.readouterr().out


def test_a_single_side_has_no_comparison() -> None:
    result = alone("trace", "lines", lambda: 0.5, 1.0, 3)
    assert (result.ours, result.theirs, result.limit_met) == ((0.5, 0.5, 0.5), (), True)


def test_seconds_measures_wall_clock_time(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([10.0, 12.5])
    monkeypatch.setattr("time.monotonic", lambda: next(clock))
    assert seconds(lambda: None) == 2.5

"""Taking turns: who comes first, what is not counted, whose figures are whose."""

from collections.abc import Callable

import pytest

from benchmarks.pair import Rival, alone, compared, in_turns, order, seconds
from helpers.records import Progress


class Sides:
    """Sides that note when their turn was; each figure says which turn of all it was."""

    def __init__(self) -> None:
        self.turns: list[str] = []

    def side(self, name: str) -> Callable[[], float]:
        def turn() -> float:
            self.turns.append(name)
            return float(len(self.turns))

        return turn


@pytest.mark.parametrize(("count", "rounds"), [(1, [[0], [0]]), (2, [[0, 1], [1, 0], [0, 1]])])
def test_two_sides_are_first_in_turn(count: int, rounds: list[list[int]]) -> None:
    assert [order(count, number) for number in range(len(rounds))] == rounds


def test_of_three_each_is_first_once_in_three_rounds() -> None:
    assert [order(3, number) for number in range(3)] == [[0, 1, 2], [1, 2, 0], [2, 0, 1]]


def test_each_is_tried_once_uncounted_and_then_they_alternate() -> None:
    sides = Sides()
    figures = in_turns([sides.side("ours"), sides.side("theirs")], 3)
    assert sides.turns == ["ours", "theirs", "ours", "theirs", "theirs", "ours", "ours", "theirs"]
    assert figures == [(3.0, 6.0, 7.0), (4.0, 5.0, 8.0)]


def test_it_says_what_round_it_is_in() -> None:
    told: list[Progress] = []
    in_turns([lambda: 1.0], 2, told.append)
    assert [(each.what, each.done, each.total) for each in told] == [
        ("warming up", 0, 2),
        ("round 1 of 2", 0, 2),
        ("round 2 of 2", 1, 2),
    ]


def test_ours_are_compared_with_each_rival_and_measured_once(capsys: pytest.CaptureFixture[str]) -> None:
    sides = Sides()
    rivals = [Rival("save", sides.side("save"), 1.5), Rival("dive", sides.side("dive"))]
    save, dive = compared("contents", "look", sides.side("ours"), rivals, 2)
    assert sides.turns.count("ours") == 3
    assert save.ours == dive.ours
    assert (save.against, save.limit, dive.against, dive.limit) == ("save", 1.5, "dive", None)
    assert "contents, look: " in capsys.readouterr().out


def test_alone_a_side_has_nothing_beside_it() -> None:
    result = alone("trace", "lines", lambda: 0.5, 1.0, 3)
    assert (result.ours, result.theirs, result.holds) == ((0.5, 0.5, 0.5), (), True)


def test_seconds_are_those_of_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([10.0, 12.5])
    monkeypatch.setattr("time.monotonic", lambda: next(clock))
    assert seconds(lambda: None) == 2.5

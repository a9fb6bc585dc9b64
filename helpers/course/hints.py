"""The hints of an exercise or a case, given one by one."""

from collections.abc import Sequence

from helpers.course.reporter import Reporter


class Hints:
    """Hints from vague to plain, and how many of them the learner has asked for."""

    def __init__(self, hints: Sequence[str], reporter: Reporter, variable: str = "exercise") -> None:
        """`variable` is the notebook's variable whose `solution()` the last line names."""
        self._hints, self._reporter, self._variable = hints, reporter, variable
        self._given = 0

    def give(self) -> None:
        """Prints the next hint; after the last, where the solution is."""
        self._given += 1
        self._reporter.hint(self._hints, self._given, self._variable)

"""Measuring several experiments in turns, so that a busy minute of the machine affects them all."""

from collections.abc import Sequence

from helpers.experiment.experiment import Experiment, scenario_named


def in_turns(experiments: Sequence[Experiment], scenario: str, repeats: int) -> None:
    """Measures each experiment `repeats` times in this scenario, each time in a new cache namespace.

    Raises WorkbookError if there is no such scenario, or if `repeats` is 0.
    """
    wanted = scenario_named(scenario)
    rounds = [[each.once(wanted, afresh=True) for each in experiments] for _ in range(repeats)]
    for number, experiment in enumerate(experiments):
        experiment.keep(wanted, [builds[number] for builds in rounds])

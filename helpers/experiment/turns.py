"""Several experiments measured in turns, so that a busy minute of the machine hits them all."""

from collections.abc import Sequence

from helpers.experiment.experiment import Experiment, scenario_named


def in_turns(experiments: Sequence[Experiment], scenario: str, repeats: int) -> None:
    """Measures each experiment in this scenario as often, each time from a cache namespace of its own.

    Raises WorkbookError where there is no such scenario, or nothing to measure.
    """
    wanted = scenario_named(scenario)
    rounds = [[each.once(wanted, afresh=True) for each in experiments] for _ in range(repeats)]
    for number, experiment in enumerate(experiments):
        experiment.keep(wanted, [builds[number] for builds in rounds])

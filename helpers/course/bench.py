"""The work bench: an experiment that says what it does while it does it, and what came of it in one line."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from helpers.engine.build_progress import silent
from helpers.experiment.experiment import Experiment
from helpers.records import BaseImage, Build, Contents, Image, Packages, Run, Scenario
from helpers.show import lines
from helpers.show.progress import progress

Fact = TypeVar("Fact")


class Bench:
    """An experiment as a notebook handles it.

    `base` are the base images it stands on, `changed` is called when something new was measured, `repeats` is how often
    each build is made.
    """

    def __init__(
        self, experiment: Experiment, base: Sequence[BaseImage], changed: Callable[[], None], repeats: int = 1
    ) -> None:
        self._experiment, self._base, self._changed, self.repeats = experiment, base, changed, repeats

    @property
    def experiment(self) -> Experiment:
        """The experiment on the bench."""
        return self._experiment

    @property
    def dockerfile(self) -> str:
        """The text of its Dockerfile."""
        return self.experiment.dockerfile

    def build(self, scenario: str = Scenario.COLD, repeats: int | None = None) -> Build:
        """Builds in this scenario, now, with live progress; says what came of it and how to do the same by hand.

        Of several builds, each from a cache of its own, the one with the median time.
        """
        experiment, times = self.experiment, repeats or self.repeats
        build = self._watched(f"{scenario} build", lambda: experiment.measure(scenario, times), lines.build_line)
        if times > 1:
            print(lines.repeats_line(build, experiment.measurement.seconds_of(scenario), self._base))
        if scenario == Scenario.COLD:
            print(lines.image_line(experiment.image, self._base))
            print(f"by hand: {build.command}")
        self._changed()
        return experiment.measurement.builds[scenario]

    def ready(self) -> Build:
        """The build there is, or one with whatever is cached."""
        return self._watched("build from the cache", self.experiment.ready)

    def run(self, **options: Any) -> Run:
        """Starts a container, asks it, stops it, with live progress, and says what came of it.

        `options` are those of helpers.engine.container.run. Among them are the limits of the container: memory ("2g"
        where nothing else is said), processes (2048), new_privileges (False), hardened (False).
        """
        self.ready()
        run = self._watched("container", lambda: self.experiment.run(**options), lines.run_line)
        self._changed()
        return run

    @property
    def image(self) -> Image:
        """The image, as its configuration tells it."""
        self.ready()
        return self.experiment.image

    @property
    def contents(self) -> Contents:
        """What lies in the image."""
        self.ready()
        contents = self._watched("looking into the image", lambda: self.experiment.contents)
        self._changed()
        return contents

    @property
    def packages(self) -> Packages | None:
        """The software packages in the image, which takes seconds; None where this machine cannot look for them."""
        self.ready()
        packages = self._watched("looking for packages", lambda: self.experiment.packages)
        if packages is None:
            print("Packages are not looked for: there is no Syft for this machine.")
        self._changed()
        return packages

    def complete(self) -> None:
        """Measures whatever was not measured yet: the four scenarios, a container's life, contents, packages."""
        experiment = self.experiment
        known = experiment.measurement.builds
        for scenario in Scenario:
            if scenario not in known and experiment.project.editable.allows(scenario):
                self.build(scenario)
        if experiment.measurement.packages is None:
            _ = self.packages
        if experiment.measurement.contents is None:
            _ = self.contents
        if experiment.measurement.run is None:  # last: not every variant's program starts
            self.run()

    def output(self, *command: str) -> str:
        """What a command prints in a container of the image."""
        self.ready()
        return self.experiment.output(*command)

    def _watched(
        self,
        what: str,
        work: Callable[[], Fact],
        line: Callable[[Fact, Sequence[BaseImage]], str] | None = None,
    ) -> Fact:
        """Does the work with a progress bar, in whose place `line` stays."""
        experiment = self.experiment
        with progress(f"{experiment.name}: {what}") as bar:
            experiment.listener = bar
            try:
                fact = work()
            finally:
                experiment.listener = silent
            bar.summary = line(fact, self._base) if line else ""
        return fact

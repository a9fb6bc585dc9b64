"""An experiment as notebooks use it: with live progress, and a printed result line for each measurement."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from helpers.engine.buildkit.answer import silent
from helpers.experiment.experiment import Experiment
from helpers.records import BaseImage, Build, Contents, Image, Packages, Run, Scenario
from helpers.show import lines
from helpers.show.progress import progress

Value = TypeVar("Value")


class ExperimentView:
    """An experiment that shows progress and prints its results.

    `base` are its base images, `changed` is called after each new measurement, `repeats` is the number of times that
    each build is run.
    """

    def __init__(
        self, experiment: Experiment, base: Sequence[BaseImage], changed: Callable[[], None], repeats: int = 1
    ) -> None:
        self._experiment, self._base, self._changed, self.repeats = experiment, base, changed, repeats

    @property
    def experiment(self) -> Experiment:
        """The experiment being shown."""
        return self._experiment

    @property
    def dockerfile(self) -> str:
        """The text of the experiment's Dockerfile."""
        return self.experiment.dockerfile

    def build(self, scenario: str = Scenario.COLD, repeats: int | None = None) -> Build:
        """Builds in this scenario with live progress; prints the result and the same command for the Docker CLI.

        With `repeats` above 1, each build uses a cache of its own, and the one with the median time is returned.
        """
        experiment, times = self.experiment, repeats or self.repeats
        build = self._with_progress(f"{scenario} build", lambda: experiment.measure(scenario, times), lines.build_line)
        if times > 1:
            print(lines.repeats_line(build, experiment.measurement.seconds_of(scenario), self._base))
        if scenario == Scenario.COLD:
            print(lines.image_line(experiment.image, self._base))
            print(f"same with the CLI: {build.command}")
        self._changed()
        return experiment.measurement.builds[scenario]

    def ready(self) -> Build:
        """The latest build; builds with the current cache if there is none yet."""
        return self._with_progress("cached build", self.experiment.ready)

    def run(self, **options: Any) -> Run:
        """Starts a container, sends it requests, stops it and prints the result, with live progress.

        `options` are passed to helpers.engine.container.run. They include the container's limits, with their defaults:
        memory ("2g"), processes (2048), new_privileges (False), hardened (False).
        """
        self.ready()
        run = self._with_progress("container", lambda: self.experiment.run(**options), lines.run_line)
        self._changed()
        return run

    @property
    def image(self) -> Image:
        """The image with its configuration and size."""
        self.ready()
        return self.experiment.image

    @property
    def contents(self) -> Contents:
        """The contents of the image: files, layers, shells."""
        self.ready()
        contents = self._with_progress("scanning the image", lambda: self.experiment.contents)
        self._changed()
        return contents

    @property
    def packages(self) -> Packages | None:
        """The software packages in the image; None if Syft cannot run on this machine. Takes seconds."""
        self.ready()
        packages = self._with_progress("listing packages", lambda: self.experiment.packages)
        if packages is None:
            print("Packages were not listed: Syft is not available for this machine.")
        self._changed()
        return packages

    def complete(self) -> None:
        """Measures everything not measured yet: the four scenarios, a container run, contents and packages."""
        experiment = self.experiment
        known = experiment.measurement.builds
        for scenario in Scenario:
            if scenario not in known and experiment.project.editable.allows(scenario):
                self.build(scenario)
        if experiment.measurement.packages is None:
            _ = self.packages
        if experiment.measurement.contents is None:
            _ = self.contents
        if experiment.measurement.run is None:  # last, because some variants fail to start
            self.run()

    def output(self, *command: str) -> str:
        """The output of a command in a container of the image."""
        self.ready()
        return self.experiment.output(*command)

    def _with_progress(
        self,
        what: str,
        work: Callable[[], Value],
        line: Callable[[Value, Sequence[BaseImage]], str] | None = None,
    ) -> Value:
        """Does the work with a progress bar, which is then replaced by `line`."""
        experiment = self.experiment
        with progress(f"{experiment.name}: {what}") as bar:
            experiment.listener = bar
            try:
                value = work()
            finally:
                experiment.listener = silent
            bar.summary = line(value, self._base) if line else ""
        return value

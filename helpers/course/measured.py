"""A Dockerfile as notebooks use it: to build, run and scan, with live progress and a printed line for each result."""

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from helpers.charts import lines
from helpers.core.records import Build, Contents, Image, Packages, Run, Scenario
from helpers.course import baseline
from helpers.course.menu import menu
from helpers.course.reporter import Line, Reporter
from helpers.measure.experiment import Experiment
from helpers.measure.run_options import RunOptions, takes

Value = TypeVar("Value")


class MeasuredDockerfile:
    """A Dockerfile to build, run and scan: a section's own, a variant of it, or another section's.

    build() reads it again; if it has changed, its measurements are forgotten.
    """

    def __init__(
        self,
        experiment: Experiment,
        reporter: Reporter,
        reload: Callable[[], object],
        changed: Callable[[], None],
        repeats: int = 1,
    ) -> None:
        """`reload` reads it again, `changed` is called after each measurement, each build is run `repeats` times."""
        self.experiment, self.repeats = experiment, repeats
        self._reporter, self._reload, self._changed = reporter, reload, changed
        self.__doc__ = menu(self)

    def __repr__(self) -> str:
        return f"Dockerfile of {self.experiment.name}"

    @property
    def dockerfile(self) -> str:
        """Its text, as it was read last."""
        return self.experiment.dockerfile

    def build(self, scenario: str = Scenario.COLD, repeats: int | None = None) -> Build:
        """Reads the Dockerfile again, builds it, and prints the result.

        `scenario` is "cold", "unchanged", "source-edit" or "dependency-edit". With `repeats` above 1, each build uses a
        cache of its own, and the one with the median time is returned. None: as often as set when it was opened.
        Raises BuildFailed, EngineStopped, DiskFull, and WorkbookError for an unknown scenario.
        """
        self.reload()
        return self._measure(scenario, self.repeats if repeats is None else repeats)

    def cached(self) -> None:
        """Builds it with whatever is cached; prints how long that can take, and the result."""
        name = self.experiment.name
        self._reporter.at_most(name, baseline.cold_seconds(name))
        self.reload()
        self._during("build", self.experiment.ready, partial(lines.cached_line, name))

    def reload(self) -> None:
        """Reads the Dockerfile again. If it has changed, its measurements are forgotten."""
        self._reload()

    @takes(RunOptions)
    def run(self, options: RunOptions) -> Run:
        """Starts a container, waits for its first 200, stops it, and prints the result.

        Without options, it runs once, and the result is kept.
        Raises ContainerExited, NeverHealthy, EngineStopped, and ContainerError if it can't start.
        """
        return run_container(self, options)

    def image(self) -> Image:
        """The image, with its configuration, layers and size."""
        self.ready()
        return self.experiment.image()

    def contents(self) -> Contents:
        """What is in the image: files, layers, shells. Takes seconds."""
        self.ready()
        contents = self._during("scanning the image", self.experiment.contents)
        self._changed()
        return contents

    def packages(self) -> Packages | None:
        """The software packages in the image; None if Syft can't run. Takes seconds."""
        self.ready()
        packages = self._during("listing packages", self.experiment.packages)
        if packages is None:
            self._reporter.no_packages()
        self._changed()
        return packages

    def output(self, *command: str) -> str:
        """What a command prints in a container of the image.

        Raises WorkbookError if the command fails.
        """
        self.ready()
        return self.experiment.output(*command)

    def ready(self) -> Build:
        """The latest build; if there is none yet, builds with whatever is cached."""
        return self._during("cached build", self.experiment.ready)

    def complete(self) -> None:
        """Measures what is missing: all scenarios, packages, contents, and a container's run."""
        facts, editable = self.experiment.facts, self.experiment.project.editable
        for scenario in Scenario:
            if scenario not in facts.builds and editable.allows(scenario):
                self._measure(scenario, self.repeats)
        if self.experiment.facts.packages is None:
            self.packages()
        if self.experiment.facts.contents is None:
            self.contents()
        if self.experiment.facts.run is None:  # last, because some variants fail to start
            self.run()

    def _measure(self, scenario: str, repeats: int) -> Build:
        experiment = self.experiment
        build = self._during(f"{scenario} build", lambda: experiment.measure(scenario, repeats), lines.build_line)
        if repeats > 1:
            self._reporter.repeats(build, experiment.measurement.seconds_of(scenario))
        if scenario == Scenario.COLD:
            self._reporter.image(experiment.image(), build)
        self._changed()
        return experiment.measurement.builds[scenario]

    def _during(self, what: str, work: Callable[[], Value], line: Line[Value] | None = None) -> Value:
        return self._reporter.during(self.experiment, what, work, line)


def run_container(measured: MeasuredDockerfile, options: RunOptions) -> Run:
    """Runs a container of its image, with live progress, and prints the result. Raises what run() does."""
    measured.ready()
    run = measured._during("container", lambda: measured.experiment.run(options), lines.run_line)
    measured._reporter.commands(measured.experiment.run_commands(options))
    measured._changed()
    return run

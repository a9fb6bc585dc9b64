"""What is known of an experiment: frozen facts, replaced by new ones as measurements arrive."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from helpers.core.errors import WorkbookError
from helpers.core.records import Build, Contents, Image, Measurement, Packages, Run, Scenario
from helpers.core.records.image import Changes
from helpers.metrics.instructions import with_layers


@dataclass(frozen=True)
class Facts:
    """The facts measured so far; None or absent if not measured."""

    builds: Mapping[Scenario, tuple[Build, ...]] = field(default_factory=dict)  # all repeats, in the order they ran
    prepared: Build | None = None  # the latest build that is no measurement: it only had to leave an image
    image: Image | None = None
    contents: Contents | None = None
    packages: Packages | None = None
    run: Run | None = None
    changes: Mapping[str, Changes] = field(default_factory=dict)  # by the name of the image compared with
    outputs: Mapping[tuple[str, ...], str] = field(default_factory=dict)  # by the command, in a container of the image

    def build(self, scenario: Scenario) -> Build | None:
        """The build in this scenario; of several, the one with the median time."""
        builds = sorted(self.builds.get(scenario, ()), key=lambda build: build.seconds)
        return builds[(len(builds) - 1) // 2] if builds else None

    def with_builds(self, scenario: Scenario, builds: Sequence[Build]) -> "Facts":
        """The facts with these builds as the scenario's. Raises WorkbookError if there are none."""
        if not builds:
            raise WorkbookError(f"{scenario} can't be measured with 0 builds.", "Set repeats to 1 or more.")
        return replace(self, builds={**self.builds, scenario: tuple(builds)})

    def with_changes(self, changes: Changes) -> "Facts":
        """The facts with this comparison, in place of an earlier one with the same image."""
        return replace(self, changes={**self.changes, changes.before: changes})

    def without_image(self) -> "Facts":
        """The facts without those of the image: its record, contents, packages, comparisons, container and outputs."""
        return replace(self, image=None, contents=None, packages=None, run=None, changes={}, outputs={})

    def measurement(self, name: str) -> Measurement:
        """The facts as the record that is stored and drawn."""
        builds = {scenario: build for scenario in self.builds if (build := self.build(scenario))}
        return Measurement(
            name=name,
            image=self.image,
            contents=self.contents,
            packages=self.packages,
            changes=tuple(self.changes.values()),
            run=self.run,
            builds={str(scenario): self._with_layers(build) for scenario, build in builds.items()},
            repeats={
                str(scenario): tuple(build.seconds for build in repeats)
                for scenario, repeats in self.builds.items()
                if len(repeats) > 1
            },
        )

    def _with_layers(self, build: Build) -> Build:
        return with_layers(build, self.image) if self.image else build

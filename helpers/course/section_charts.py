"""A section's charts, each with its table, drawn from this machine's records and the baseline's."""

from abc import ABC, abstractmethod
from typing import Any

from helpers.course import baseline
from helpers.course.experiment_view import ExperimentView
from helpers.course.sections import OWN_PROJECT, find
from helpers.experiment.store import Store
from helpers.records import Scenario, SectionRecord
from helpers.show import notes, tables, values
from helpers.show.chart import Chart
from helpers.show.figures import charts
from helpers.show.figures.attack_surface import attack_surface
from helpers.show.figures.cache_map import cache_map
from helpers.show.figures.changes import compared
from helpers.show.figures.composition import composition
from helpers.show.figures.pair import choice, pair_table
from helpers.show.figures.section_changes import section_changes
from helpers.show.figures.timeline import timeline
from helpers.show.figures.treemap import treemap
from helpers.show.progress import front_end_listens


class SectionCharts(ExperimentView, ABC):
    """An experiment with charts that compare it with the other sections."""

    @abstractmethod
    def record(self) -> SectionRecord:
        """The section's measurements and checks so far."""

    def sizes(self) -> Chart:
        """Image size by section."""
        records = self._all_records()
        return Chart(charts.size_chart(records, self.experiment.name), tables.size_table(records, self.experiment.name))

    def composition(self) -> Chart:
        """The image's parts in megabytes, by section."""
        return composition(self._all_records(), self.experiment.name)

    def inside(self) -> Chart:
        """This section's image by layer, folder and file."""
        return treemap(self.contents, self.experiment.name, notes.bases(self._base))

    def changes(self, before: ExperimentView) -> Chart:
        """The files removed, added and resized between another image and this section's."""
        _ = before.contents, self.contents
        changes = self.experiment.changes(before.experiment)
        self._changed()
        return compared(changes, notes.bases(self._base))

    def times(self) -> Chart:
        """Build time by section and scenario."""
        records = self._all_records()
        return Chart(charts.time_chart(records, self.experiment.name), tables.time_table(records, self.experiment.name))

    def overview(self) -> Chart:
        """Image size, build times and start time, section by section."""
        records = self._all_records()
        return Chart(charts.overview_chart(records, self.experiment.name), tables.summary_table(records))

    def section_changes(self) -> Chart:
        """What each section changed, and by how much."""
        return section_changes([record for record in self._all_records() if record.number != OWN_PROJECT])

    def pair(self, first: str, second: str) -> Any:
        """Two sections compared value by value; in a live notebook, with menus to choose other sections."""
        names = (find(first).name, find(second).name)
        records = self._all_records()
        return choice(records, *names) if front_end_listens() else pair_table(records, *names)

    def life(self) -> Chart:
        """Container start and stop times by section: until the first 200 response, and from SIGTERM to exit."""
        records = self._all_records()
        return Chart(charts.life_chart(records, self.experiment.name), tables.life_table(records, self.experiment.name))

    def attack_surface(self) -> Chart:
        """The attack surface of the image, by section."""
        return attack_surface(self._all_records(), self.experiment.name)

    def cache_map(self, *others: ExperimentView) -> Chart:
        """Which instructions were cached in each scenario built so far: for `others` first, then for this section."""
        forms = {view.experiment.name: view.experiment.measurement.builds for view in (*others, self)}
        return cache_map(forms, notes.bases(self._base))

    def timeline(self, *scenarios: str, beside: ExperimentView | None = None) -> Chart:
        """The steps of builds over time: of the cold build, or of the scenarios given."""
        experiments = [view.experiment for view in (beside, self) if view]
        builds = {
            f"{experiment.name}, {values.SCENARIO_TITLES[Scenario(scenario)]}": experiment.build(scenario)
            for experiment in experiments
            for scenario in scenarios or (Scenario.COLD,)
        }
        return timeline(builds, notes.bases(self._base))

    def _all_records(self) -> list[SectionRecord]:
        own = Store().latest() | {self.experiment.name: self.record()}
        return baseline.with_baseline(list(own.values()), baseline.load())

"""The charts of a section, each with its table: drawn from records alone, this machine's and the baseline's."""

from abc import ABC, abstractmethod
from typing import Any

from helpers.course import baseline
from helpers.course.bench import Bench
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
from helpers.show.figures.section_changes import moves
from helpers.show.figures.timeline import timeline
from helpers.show.figures.treemap import treemap
from helpers.show.progress import front_end_listens


class Gallery(Bench, ABC):
    """A bench whose measurements can be looked at beside those of the other sections."""

    @abstractmethod
    def record(self) -> SectionRecord:
        """All that was measured and proved of the section so far."""

    def sizes(self) -> Chart:
        """Image size by section."""
        records = self._all_records()
        return Chart(charts.size_chart(records, self.experiment.name), tables.size_table(records, self.experiment.name))

    def composition(self) -> Chart:
        """What makes up the image, by section."""
        return composition(self._all_records(), self.experiment.name)

    def inside(self) -> Chart:
        """What is inside this section's image: layers, folders, files."""
        return treemap(self.contents, self.experiment.name, notes.bases(self._base))

    def changes(self, before: Bench) -> Chart:
        """Which files of another image are gone in this section's, and which are new."""
        _ = before.contents, self.contents
        changes = self.experiment.changes(before.experiment)
        self._changed()
        return compared(changes, notes.bases(self._base))

    def times(self) -> Chart:
        """Build time by section and scenario."""
        records = self._all_records()
        return Chart(charts.time_chart(records, self.experiment.name), tables.time_table(records, self.experiment.name))

    def overview(self) -> Chart:
        """All that the course moves, section by section."""
        records = self._all_records()
        return Chart(charts.overview_chart(records, self.experiment.name), tables.summary_table(records))

    def moves(self) -> Chart:
        """Which section moved which axis, and by how much."""
        return moves([record for record in self._all_records() if record.number != OWN_PROJECT])

    def pair(self, first: str, second: str) -> Any:
        """Two sections figure by figure; where somebody watches, with lists to choose other ones from."""
        names = (find(first).name, find(second).name)
        records = self._all_records()
        return choice(records, *names) if front_end_listens() else pair_table(records, *names)

    def life(self) -> Chart:
        """The life of a container by section: to its first good answer, and from SIGTERM to its exit."""
        records = self._all_records()
        return Chart(charts.life_chart(records, self.experiment.name), tables.life_table(records, self.experiment.name))

    def attack_surface(self) -> Chart:
        """What a stranger finds inside, by section."""
        return attack_surface(self._all_records(), self.experiment.name)

    def cache_map(self, *others: Bench) -> Chart:
        """What each instruction did in each scenario built so far: of the others first, then of this section."""
        forms = {bench.experiment.name: bench.experiment.measurement.builds for bench in (*others, self)}
        return cache_map(forms, notes.bases(self._base))

    def timeline(self, *scenarios: str, beside: Bench | None = None) -> Chart:
        """The steps of builds over time, one build above the other: the cold one, or those of the scenarios named."""
        experiments = [bench.experiment for bench in (beside, self) if bench]
        builds = {
            f"{experiment.name}, {values.SCENARIO_TITLES[Scenario(scenario)]}": experiment.build(scenario)
            for experiment in experiments
            for scenario in scenarios or (Scenario.COLD,)
        }
        return timeline(builds, notes.bases(self._base))

    def _all_records(self) -> list[SectionRecord]:
        own = Store().latest() | {self.experiment.name: self.record()}
        return baseline.with_baseline(list(own.values()), baseline.load())

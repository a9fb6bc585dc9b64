"""The charts of a section: most compare it with the other sections, some are about its own measurements."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from helpers.charts import bar_charts, course_tables, notes
from helpers.charts.attack_surface_chart import attack_surface_chart
from helpers.charts.cache_map import cache_map
from helpers.charts.chart import Chart
from helpers.charts.composition import composition
from helpers.charts.image_changes import compared
from helpers.charts.progress import front_end_listens
from helpers.charts.rich import Note
from helpers.charts.section_changes_chart import section_changes_chart
from helpers.charts.section_pair import choice, pair_table
from helpers.charts.timeline import timeline
from helpers.charts.treemap import treemap
from helpers.core.records import BaseImage, Build, Contents, Measurement, SectionRecord
from helpers.core.records.image import Changes
from helpers.course import baseline
from helpers.course.sections import OWN_PROJECT, find
from helpers.measure.store import Store

Records = list[SectionRecord]


class SectionCharts:
    """Draws a section among the others: its `record` as it is now, their latest in the store, and the baseline.

    A chart of values that depend on a stand-in among the `base` images says so, and one of a recording names it.
    """

    def __init__(
        self, section: str, record: Callable[[], SectionRecord], store: Store, base: Sequence[BaseImage]
    ) -> None:
        self._section, self._record, self._store, self._bases = section, record, store, notes.marked(base)

    def sizes(self) -> Chart:
        """Image size by section."""
        records, own = self._records()
        return Chart(bar_charts.size_chart(records, own), course_tables.size_table(records, own))

    def times(self) -> Chart:
        """Build time by section and scenario."""
        records, own = self._records()
        return Chart(bar_charts.time_chart(records, own), course_tables.time_table(records, own))

    def life(self) -> Chart:
        """Container start and stop times by section: until the first 200 response, and from SIGTERM to exit."""
        records, own = self._records()
        return Chart(bar_charts.life_chart(records, own), course_tables.life_table(records, own))

    def side_by_side(self, measurements: Mapping[str, Measurement]) -> Chart:
        """Image size and time to the first 200 response of these sections alone."""
        records = [
            replace(self._record(), section=name, measurement=measured, variants=(), checks=())
            for name, measured in measurements.items()
        ]
        return Chart(bar_charts.ends_chart(records), course_tables.summary_table(records))

    def composition(self) -> Chart:
        """The image's parts in megabytes, by section."""
        return composition(*self._records())

    def attack_surface(self) -> Chart:
        """The attack surface of the image, by section."""
        return attack_surface_chart(*self._records())

    def overview(self) -> Chart:
        """Image size, build times and start time, section by section."""
        records, own = self._records()
        return Chart(bar_charts.overview_chart(records, own), course_tables.summary_table(records))

    def section_changes(self) -> Chart:
        """What each section changed, and by how much."""
        records, _ = self._records()
        return section_changes_chart([record for record in records if record.number != OWN_PROJECT])

    def pair(self, first: str, second: str) -> object:
        """Two sections compared value by value; in a live notebook, with menus to choose other sections."""
        names = (find(first).name, find(second).name)
        records, _ = self._records()
        return choice(records, *names) if front_end_listens() else pair_table(records, *names)

    def inside(self, contents: Contents) -> Chart:
        """The image by layer, folder and file."""
        return treemap(contents, self._section, self._origin())

    def changes(self, changes: Changes) -> Chart:
        """The files removed, added and resized between two images."""
        return compared(changes, self._origin())

    def cache_map(self, builds: Mapping[str, Mapping[str, Build]]) -> Chart:
        """Which instructions were cached, by Dockerfile and scenario."""
        return cache_map(builds, self._origin())

    def timeline(self, builds: Mapping[str, Build]) -> Chart:
        """The steps of builds over time."""
        return timeline(builds, self._origin())

    def _origin(self) -> list[Note]:
        """The note below a chart of this section's own values."""
        record = self._record()
        return notes.provenance([record]) if record.recorded else self._bases

    def _records(self) -> tuple[Records, str]:
        """The records of all sections, and the name of this one."""
        latest = self._store.latest() | {self._section: self._record()}
        return baseline.with_baseline(list(latest.values()), baseline.load()), self._section

"""The report of a run: one self-contained HTML page with interactive charts, tables, Dockerfiles and checks."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import jinja2
import plotly.graph_objects as go  # type: ignore[import-untyped]
from markupsafe import Markup
from plotly.io import to_html  # type: ignore[import-untyped]
from plotly.offline import get_plotlyjs  # type: ignore[import-untyped]

from helpers.charts import bar_charts, course_tables, notes
from helpers.charts.attack_surface_chart import attack_surface_chart
from helpers.charts.cache_map import cache_map
from helpers.charts.chart import Chart, Table
from helpers.charts.composition import composition
from helpers.charts.image_changes import compared
from helpers.charts.lines import replay_line
from helpers.charts.section_changes_chart import section_changes_chart
from helpers.charts.timeline import timeline
from helpers.charts.treemap import treemap
from helpers.core import units
from helpers.core.errors import WorkbookError
from helpers.core.masking import MASK
from helpers.core.paths import PROJECT
from helpers.core.records import BuildInput, Check, Measurement, Scenario, SectionRecord
from helpers.course import baseline
from helpers.course.sections import AIMS, OWN_PROJECT, SectionFiles, discover
from helpers.engine.build_input import text_digest
from helpers.measure.privacy import shared
from helpers.measure.store import results_folder
from helpers.metrics import values
from helpers.runner import result_files, results
from helpers.runner.console import duration, time_spent
from helpers.runner.outcome import MARKS, REPLAYED, CourseRun, Outcome

TEMPLATES = Path(__file__).with_name("templates")
TITLE = "The Dockerfile Workbook: what was measured"
TITLE_OF_REPLAY = "The Dockerfile Workbook: a replay"
TOP = 75  # pixels above the bars: the axis and its title
CHANGED_SINCE = "This is the Dockerfile that was measured. {file} has changed since then."
NOT_RECORDED = "No record of what was built. This is the section's Dockerfile as it was when this page was written."
_CONFIG = {"displaylogo": False, "responsive": True}
_REQUEST = {True: "finished", False: "dropped", None: units.ABSENT}


@dataclass(frozen=True)
class Entry:
    """A chart with its title, its table and its id on the page."""

    name: str  # the element's id is chart-<name>
    title: str
    chart: Chart

    @property
    def html(self) -> Markup:
        """The chart's element and the script that draws it, without a title: the page has a heading above it."""
        figure = go.Figure(self.chart.figure).update_layout(title_text="", margin_t=TOP)
        return Markup(
            to_html(figure, full_html=False, include_plotlyjs=False, div_id=f"chart-{self.name}", config=_CONFIG)
        )


@dataclass(frozen=True)
class Part:
    """One section on the page."""

    outcome: Outcome
    files: SectionFiles | None
    record: SectionRecord | None

    @property
    def title(self) -> str:
        """The section's title, or its name if its notebook no longer exists."""
        return self.files.title if self.files else self.outcome.section

    @property
    def aims(self) -> list[tuple[str, str]]:
        """The section's badges, each with its meaning."""
        return [(badge, AIMS[badge]) for badge in self.files.aims] if self.files else []

    @property
    def built(self) -> BuildInput | None:
        """What was built for the section; None if it built nothing, or before this was recorded."""
        return _built(self.record.measurement) if self.record else None

    @property
    def dockerfile(self) -> str:
        """The Dockerfile that was built; if that isn't known, the section's current one; "" if it has none."""
        if self.built:
            return self.built.dockerfile
        return self._current

    @property
    def dockerfile_note(self) -> str:
        """Why the Dockerfile shown may not be the one in the project, or not the one that was measured; "" if it is."""
        if self.built:
            return CHANGED_SINCE.format(file=self.built.file) if _changed_since(self.built) else ""
        return NOT_RECORDED if self._current else ""

    @property
    def _current(self) -> str:
        if not self.files or not self.files.has_dockerfile:
            return ""
        return shared(self.files.dockerfile.read_text(encoding="utf-8"))

    @property
    def variants(self) -> list[tuple[str, str]]:
        """The names and Dockerfiles of the variants that were built."""
        known = [(variant.name, _built(variant)) for variant in (self.record.variants if self.record else ())]
        return [(name, built.dockerfile) for name, built in known if built]

    @property
    def took(self) -> str:
        """The time that the notebook ran, as text."""
        return duration(self.outcome.seconds)

    @property
    def checks(self) -> Sequence[Check]:
        """The section's checked claims."""
        return self.record.checks if self.record else ()

    def mark_of(self, check: Check) -> tuple[str, str]:
        """The check's class on the page, and its character: one that passed in a recording is not proved."""
        if check.passed and check.recorded:
            return REPLAYED, MARKS[REPLAYED]
        return "proved" if check.passed else "failed" if check.applies else "unsuited", check.mark

    @property
    def figures(self) -> Table | None:
        """A table of the measurements of the section's Dockerfile and of each variant; None if there are none."""
        if self.record is None or not measured(self.record.measurement):
            return None
        forms = [self.record.measurement, *self.record.variants]
        lines = [notes.MEGABYTES, notes.counted(forms), *notes.provenance([self.record])]
        return Table(["Dockerfile", *FIGURES], [[form.name, *figures(form)] for form in forms], lines)

    @property
    def charts(self) -> Iterator[Entry]:
        """The section's charts: image contents, changed files, cache use, build timeline."""
        if self.record is None or not self.record.measurement.builds:
            return
        name, lines = self.record.section, notes.provenance([self.record])
        forms = {form.name: form.builds for form in (self.record.measurement, *self.record.variants) if form.builds}
        if self.record.measurement.contents and self.record.measurement.contents.layers:
            inside = treemap(self.record.measurement.contents, name, lines)
            yield Entry(f"inside-{name}", "Image contents", inside)
        for changes in self.record.measurement.changes:
            title = f"Changed files: {changes.before} → {changes.after}"
            yield Entry(f"changes-{name}-{changes.before}", title, compared(changes, lines))
        yield Entry(f"cache-{name}", "Cache use by instruction", cache_map(forms, lines))
        builds = self.record.measurement.builds
        shown = {values.SCENARIO_TITLES[scenario]: builds[scenario] for scenario in TIMED if scenario in builds}
        if shown:
            yield Entry(f"timeline-{name}", "Build timeline", timeline(shown, lines))


def _built(measurement: Measurement) -> BuildInput | None:
    """What the first recorded build was given; all builds of a measurement have the same Dockerfile."""
    return next((build.input for build in measurement.builds.values() if build.input), None)


def _changed_since(built: BuildInput) -> bool:
    """Whether the project has that file, now with another text; False if the record hides a secret in the text."""
    file = PROJECT / built.file
    return (
        file.is_file()
        and MASK not in built.dockerfile
        and text_digest(file.read_text(encoding="utf-8")) != built.dockerfile_digest
    )


TIMED = (Scenario.COLD, Scenario.SOURCE_EDIT)  # the builds whose steps are drawn over time
FIGURES = ("MB", *(f"{title} s" for title in values.SCENARIO_TITLES.values()), "first 200 s", "uid", "on SIGTERM")


def figures(measurement: Measurement) -> list[str]:
    """The measurements of one Dockerfile as text, in the order of FIGURES."""
    run = measurement.run
    shutdown = run.shutdown if run else None
    return [
        units.megabytes(values.size(measurement)),
        *(units.seconds(values.build_time(scenario)(measurement)) for scenario in values.SCENARIO_TITLES),
        units.seconds(values.first_answer(measurement)),
        str(run.process.uid) if run and run.process else units.ABSENT,
        f"request {_REQUEST[shutdown.request_finished]}, exit {shutdown.exit_code}" if shutdown else units.ABSENT,
    ]


def measured(measurement: Measurement) -> bool:
    """Whether anything was measured."""
    return bool(measurement.image or measurement.run or measurement.builds)


def render(run: CourseRun, others: Sequence[SectionRecord] = ()) -> str:
    """The report's HTML, with private data hidden.

    `others` are records of sections that this run did not measure: from earlier runs and the baseline.
    """
    run, others = shared(run), shared(list(others))
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("report.html").render(
        title=TITLE_OF_REPLAY if run.replay else TITLE,
        run=run,
        took=duration(run.seconds),
        time_spent=time_spent(run),
        started=f"{datetime.fromisoformat(run.started):%Y-%m-%d %H:%M} UTC",
        sources=notes.sources(notes.RECORDING if run.replay else ""),
        charts=list(charts_of([*run.records.values(), *others], run.statuses)),
        parts=_parts(run),
        replay=replay_line(run.replay) if run.replay else "",
        plotlyjs=Markup(get_plotlyjs()),
    )


def _parts(run: CourseRun) -> list[Part]:
    known = {files.name: files for files in discover()}
    return [Part(each, known.get(each.section), run.records.get(each.section)) for each in run.outcomes]


def charts_of(records: Sequence[SectionRecord], statuses: Mapping[str, str]) -> Iterator[Entry]:
    """The page's charts of these records, without empty ones."""
    return (entry for entry in _charts(records, statuses) if entry.chart.figure.data)


def _charts(records: Sequence[SectionRecord], statuses: Mapping[str, str]) -> Iterator[Entry]:
    shown = [record for record in records if measured(record.measurement)]
    course = [record for record in shown if record.number != OWN_PROJECT]
    overview = Chart(bar_charts.overview_chart(shown), course_tables.summary_table(shown, statuses))
    sizes = Chart(bar_charts.size_chart(shown, variants=True), course_tables.size_table(shown, variants=True))
    times = Chart(bar_charts.time_chart(shown, variants=True), course_tables.time_table(shown, variants=True))
    starts = Chart(bar_charts.life_chart(shown, variants=True), course_tables.life_table(shown, variants=True))
    yield Entry("overview", "Overview", overview)
    yield Entry("section-changes", "What each step changed", section_changes_chart(course))
    yield Entry("size", "Image size", sizes)
    yield Entry("composition", "Image composition", composition(shown, variants=True))
    yield Entry("time", "Build time", times)
    yield Entry("start-stop", "Container start and stop", starts)
    yield Entry("attack-surface", "Attack surface", attack_surface_chart(shown))


NO_RUN = "There is no complete run in {folder}."


def redraw() -> int:
    """Rewrites the report of the last complete run from its results.json and the store; returns 0.

    Raises WorkbookError if there is no complete run.
    """
    place = results_folder().resolve()
    folder = result_files.latest(place)
    if folder is None:
        raise WorkbookError(NO_RUN.format(folder=place), "Run the course first: python3 -m helpers run")
    course = results.read(folder / result_files.DOCUMENT)
    result_files.write(folder / result_files.REPORT, render(course, baseline.unmeasured(course.records)))
    print(f"Report: {folder / result_files.REPORT}")
    return 0

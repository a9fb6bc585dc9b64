"""The committed baseline: measurements that charts show, marked, for sections not yet measured on this machine.

No claim uses it. `python3 -m helpers reference` replaces it with this machine's latest measurements.
"""

import json
from collections.abc import Container, Iterable
from dataclasses import replace
from pathlib import Path

from helpers.core.errors import WorkbookError
from helpers.core.records import Build, Contents, Measurement, Scenario, SectionRecord
from helpers.course.sections import discover
from helpers.measure.privacy import shared
from helpers.measure.store import Store, structure, unstructure

PATH = Path(__file__).with_name("baseline.json")
INCOMPLETE = "These sections have not been measured completely on this machine: {names}."


def load(path: Path = PATH) -> list[SectionRecord]:
    """The baseline's records in course order; empty if the file does not exist."""
    if not path.exists():
        return []
    plain = json.loads(path.read_text(encoding="utf-8"))
    return [replace(structure(record), baseline=True) for record in plain["sections"]]


def with_baseline(own: Iterable[SectionRecord], baseline: Iterable[SectionRecord] | None = None) -> list[SectionRecord]:
    """The given records, then the baseline's. Charts use the first record that has a value."""
    return [*own, *(load() if baseline is None else baseline)]


def cold_seconds(section: str) -> float | None:
    """Seconds of the section's last cold build on this machine, else of the baseline's; None if neither is known."""
    for record in with_baseline([*filter(None, [Store().latest().get(section)])]):
        build = record.measurement.builds.get(Scenario.COLD)
        if record.section == section and build:
            return build.seconds
    return None


def unmeasured(measured: Container[str]) -> list[SectionRecord]:
    """Records of the sections that a run did not measure: this machine's latest, then the baseline's."""
    return with_baseline(record for section, record in Store().latest().items() if section not in measured)


def renew(path: Path = PATH) -> str:
    """Replaces the baseline with each section's latest record on this machine; returns a line that says so.

    Raises WorkbookError, and changes nothing, if a section with a Dockerfile was not measured completely.
    """
    records = Store().latest()
    wanted = [files.name for files in discover() if files.has_dockerfile]
    incomplete = [name for name in wanted if name not in records or not is_whole(records[name].measurement)]
    if incomplete:
        hint = "Measure them first: python3 -m helpers run"
        raise WorkbookError(INCOMPLETE.format(names=", ".join(incomplete)), hint)
    write([records[name] for name in wanted], path)
    return f"Updated {path.name}: {len(wanted)} sections, measured on {records[wanted[0]].machine.name}."


def write(records: Iterable[SectionRecord], path: Path = PATH) -> None:
    """Writes the records without the fields that no chart or table shows."""
    plain = {"sections": [unstructure(shared(slim(record))) for record in records]}
    path.write_text(json.dumps(plain, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def is_whole(measurement: Measurement) -> bool:
    """Whether image, contents, run and all four scenarios were measured."""
    return bool(measurement.image and measurement.contents and measurement.run) and all(
        scenario in measurement.builds for scenario in Scenario
    )


def slim(record: SectionRecord) -> SectionRecord:
    """The record with its measured values, but without logs, file lists, what was built and the engine's address."""
    return replace(
        record,
        engine=replace(record.engine, address="", chosen_by=""),
        measurement=_slim(record.measurement),
        variants=tuple(_slim(variant) for variant in record.variants),
        checks=(),
        baseline=True,
    )


def _slim(measurement: Measurement) -> Measurement:
    return replace(
        measurement,
        image=measurement.image and replace(measurement.image, layers=()),
        contents=measurement.contents and _slim_contents(measurement.contents),
        changes=(),
        packages=measurement.packages and replace(measurement.packages, named=()),
        run=measurement.run and replace(measurement.run, log="", measured_in=""),
        builds={name: _slim_build(build) for name, build in measurement.builds.items()},
    )


def _slim_contents(contents: Contents) -> Contents:
    return replace(
        contents, paths=(), layers=tuple(replace(layer, created_by="", tree=()) for layer in contents.layers)
    )


def _slim_build(build: Build) -> Build:
    return replace(
        build, instructions=(), engine_steps=(), command="", warnings=(), input=None, measured_in="", notes=()
    )

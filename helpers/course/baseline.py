"""The committed baseline: what is drawn, visibly different, where this machine has not measured a section yet.

It is never what a claim rests on. `python3 -m helpers reference` renews it from this machine's last whole run.
"""

import json
from collections.abc import Container, Iterable
from dataclasses import replace
from pathlib import Path

from helpers.course.sections import discover
from helpers.course.sharing import shared
from helpers.experiment.store import Store, structure, unstructure
from helpers.records import Build, Contents, Measurement, Scenario, SectionRecord
from helpers.records.errors import WorkbookError

PATH = Path(__file__).with_name("baseline.json")
INCOMPLETE = "These sections have not been measured whole on this machine: {names}."


def load(path: Path = PATH) -> list[SectionRecord]:
    """The baseline's records in the course's order; none where there is no file."""
    if not path.exists():
        return []
    plain = json.loads(path.read_text(encoding="utf-8"))
    return [replace(structure(record), baseline=True) for record in plain["sections"]]


def with_baseline(own: Iterable[SectionRecord], baseline: Iterable[SectionRecord] | None = None) -> list[SectionRecord]:
    """The own records, then the baseline's: drawing takes the first that has a figure."""
    return [*own, *(load() if baseline is None else baseline)]


def beside(measured: Container[str]) -> list[SectionRecord]:
    """What charts need of sections that a run did not measure: this machine's last figures, the baseline's."""
    return with_baseline(record for section, record in Store().latest().items() if section not in measured)


def renew(path: Path = PATH) -> int:
    """Make each section's newest record on this machine the baseline; the exit status.

    Raises WorkbookError, and changes nothing, where a section with a Dockerfile lacks a scenario.
    """
    records = Store().latest()
    wanted = [files.name for files in discover() if files.has_dockerfile]
    incomplete = [name for name in wanted if name not in records or not is_whole(records[name].measurement)]
    if incomplete:
        hint = "Measure them first: python3 -m helpers run"
        raise WorkbookError(INCOMPLETE.format(names=", ".join(incomplete)), hint)
    write([records[name] for name in wanted], path)
    print(f"{path.name} now holds {len(wanted)} sections, measured on {records[wanted[0]].machine.name}.")
    return 0


def write(records: Iterable[SectionRecord], path: Path = PATH) -> None:
    """Write the records, without what no chart or table shows."""
    plain = {"sections": [unstructure(shared(slim(record))) for record in records]}
    path.write_text(json.dumps(plain, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def is_whole(measurement: Measurement) -> bool:
    """Whether image, contents, run and all four scenarios were measured."""
    return bool(measurement.image and measurement.contents and measurement.run) and all(
        scenario in measurement.builds for scenario in Scenario
    )


def slim(record: SectionRecord) -> SectionRecord:
    """The record with its figures and without logs, file lists and where on the machine the engine listens."""
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
        run=measurement.run and replace(measurement.run, log=""),
        builds={name: _slim_build(build) for name, build in measurement.builds.items()},
    )


def _slim_contents(contents: Contents) -> Contents:
    return replace(
        contents, paths=(), layers=tuple(replace(layer, created_by="", tree=()) for layer in contents.layers)
    )


def _slim_build(build: Build) -> Build:
    return replace(build, instructions=(), engine_steps=(), command="", warnings=())

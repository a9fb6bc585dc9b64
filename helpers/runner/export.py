"""Exports everything measured on this machine as JSON and CSV, for analysis with other tools."""

import csv
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from helpers.core.records import Build, BuildInput, Measurement, SectionRecord
from helpers.measure.privacy import shared
from helpers.measure.store import Store, results_folder, unstructure

SCHEMA = 1
JSON, CSV = "measurements.json", "measurements.csv"
NOTHING = "Nothing has been measured on this machine yet. Measure the course first: python3 -m helpers run"

Recorded = tuple[str, SectionRecord]  # the run's name, and a section's record
Row = dict[str, object]


def export(folder: str | None = None) -> int:
    """Writes every record of the store to both files in `folder` (default: the results folder); returns 0.

    Private data is hidden. Raises OSError if a file cannot be written.
    """
    records = shared(Store().all())
    if not records:
        print(NOTHING)
        return 0
    place = Path(folder).expanduser() if folder else results_folder()
    place.mkdir(parents=True, exist_ok=True)
    _write_json(records, place / JSON)
    _write_csv(list(rows(records)), place / CSV)
    print(f"Exported {len(records)} records to {place / JSON} and {place / CSV}.")
    return 0


def _write_json(records: Sequence[Recorded], path: Path) -> None:
    plain = {"schema": SCHEMA, "records": [{"run": run, **unstructure(record)} for run, record in records]}
    path.write_text(json.dumps(plain, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _write_csv(lines: Sequence[Row], path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(lines[0]) if lines else [])
        writer.writeheader()
        writer.writerows(lines)


def rows(records: Sequence[Recorded]) -> Iterator[Row]:
    """One row per build, with its image's and container's measurements; column names contain the units."""
    for run, record in records:
        for form in (record.measurement, *record.variants):
            for scenario, build in form.builds.items():
                yield {
                    "run": run,
                    "section": record.section,
                    "form": "" if form is record.measurement else form.name,
                    **_build(form, scenario, build),
                    **_image(form),
                    **_run(form),
                    **_where(record),
                }


def _build(form: Measurement, scenario: str, build: Build) -> Row:
    seconds = form.seconds_of(scenario)
    return {
        "scenario": scenario,
        "n": len(seconds),
        "median_seconds": build.seconds,
        "smallest_seconds": min(seconds),
        "largest_seconds": max(seconds),
        "context_bytes": build.context_bytes,
        "modules_downloaded": build.modules_downloaded if build.trace_complete else None,
        "measured_at": build.measured_at,
        **_input(build.input),
    }


def _input(known: BuildInput | None) -> Row:
    """What was built, with mappings as JSON; the Dockerfile's texts are only in the other file."""
    names = ("dockerfile_digest", "context_digest", "target", "platform")
    return {
        "dockerfile": known and known.file,
        **{name: getattr(known, name, None) for name in names},
        "build_args": known and json.dumps(known.build_args, ensure_ascii=False),
        "resolved_base_images": known and json.dumps(known.base_images, ensure_ascii=False),
        "stand_ins": known and json.dumps(known.stand_ins, ensure_ascii=False),
    }


def _image(form: Measurement) -> Row:
    names = ("bytes", "engine_bytes", "transfer_bytes")
    return {f"image_{name}": getattr(form.image, name, None) for name in names}


def _run(form: Measurement) -> Row:
    run = form.run
    return {
        "seconds_to_healthy": run.health.seconds_to_healthy if run else None,
        "seconds_to_exit": run.shutdown.seconds if run and run.shutdown else None,
        "exit_code": run.shutdown.exit_code if run and run.shutdown else None,
        "memory_bytes": run.memory_bytes if run else None,
        "uid": run.process.uid if run and run.process else None,
    }


def _where(record: SectionRecord) -> Row:
    return {
        "machine": record.machine.name,
        "architecture": record.engine.architecture,
        "engine": record.engine.version,
        "storage": record.engine.storage,
        "base_images": " ".join(image.digest or image.reference for image in record.base_images),
        "base_image_sources": " ".join(image.source for image in record.base_images),
    }

"""The results of a run as one JSON document with stable keys, written and read; results.schema.json describes each."""

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from cattrs.gen import make_dict_structure_fn, override
from cattrs.preconf.json import make_converter

from helpers.core.records import (
    BaseImage,
    Build,
    BuildInput,
    Check,
    Engine,
    Image,
    Instruction,
    Kind,
    Machine,
    Measurement,
    Replay,
    Run,
    Scenario,
    SectionRecord,
)
from helpers.core.records.image import Changes
from helpers.measure import shared_facts
from helpers.measure.privacy import shared
from helpers.measure.store import Store
from helpers.metrics.critical_path import critical_path
from helpers.metrics.image_parts import image_parts
from helpers.runner.outcome import CourseRun, Outcome

SCHEMA = 1
DESCRIPTION = Path(__file__).with_name("results.schema.json")  # a JSON Schema, draft 2020-12
Json = dict[str, Any]


def dumps(run: CourseRun) -> str:
    """The document as text, with private data hidden."""
    return json.dumps(document(shared(run)), indent=2, ensure_ascii=False) + "\n"


def document(run: CourseRun) -> Json:
    """The run as plain JSON values; None for anything not measured."""
    return {
        "schema": SCHEMA,
        "run": run.run_id,
        "started": run.started,
        "finished": run.finished,
        "paused_seconds": run.paused_seconds,
        "replay": asdict(run.replay) if run.replay else None,
        "machine": asdict(run.machine) if run.machine else None,
        "engine": asdict(run.engine) if run.engine else None,
        "base_images": [_base_image(image) for image in run.base_images],
        "work": {str(kind): _work(run.worked(kind)) for kind in Kind},
        "measurements": asdict(run.tally) | {"repeated": run.tally.repeated},
        "sections": [_section(outcome, run.records.get(outcome.section)) for outcome in run.outcomes],
    }


def _work(seconds: list[float]) -> Json:
    return {"count": len(seconds), "seconds": sum(seconds, 0.0)}


def _section(outcome: Outcome, record: SectionRecord | None) -> Json:
    measurement = record.measurement if record else Measurement(outcome.section)
    return {
        "section": outcome.section,
        "status": outcome.status,
        "seconds": outcome.seconds,
        "failure": asdict(outcome.failure) if outcome.failure else None,
        "base_images": [_base_image(image) for image in record.base_images] if record else [],
        **_measurement(measurement),
        "variants": [
            {"name": variant.name, **_measurement(variant)} for variant in (record.variants if record else ())
        ],
        "checks": [_check(check) for check in (record.checks if record else ())],
    }


def _measurement(measurement: Measurement) -> Json:
    return {
        "image": _image(measurement.image),
        "health": _health(measurement.run),
        "builds": {str(scenario): _build(measurement, scenario) for scenario in Scenario},
        "contents": _contents(measurement),
        "packages": measurement.packages.counts if measurement.packages else None,
        "changes": [_changes(changes) for changes in measurement.changes],
        "process": asdict(measurement.run.process) if measurement.run and measurement.run.process else None,
        "memory_bytes": measurement.run.memory_bytes if measurement.run else None,
        "shutdown": asdict(measurement.run.shutdown) if measurement.run and measurement.run.shutdown else None,
    }


def _image(image: Image | None) -> Json | None:
    names = ("id", "bytes", "engine_bytes", "transfer_bytes", "architecture", "user", "labels", "exposed_ports")
    return {name: getattr(image, name) for name in names} if image else None


def _health(run: Run | None) -> Json | None:
    if run is None:
        return None
    return {
        "status": run.health.status,
        "seconds_to_healthy": run.health.seconds_to_healthy,
        "measured_at": run.measured_at or None,
        "measured_in": run.measured_in or None,
    }


def _changes(changes: Changes) -> Json:
    """The number of files and the change in bytes; the list of files is only in the store."""
    kinds = {"added": changes.added, "removed": changes.removed, "resized": changes.resized}
    return {"before": changes.before} | {kind: {"files": count, "bytes": size} for kind, (count, size) in kinds.items()}


def _build(measurement: Measurement, scenario: str) -> Json | None:
    build = measurement.builds.get(scenario)
    if build is None:
        return None
    return {
        "seconds": build.seconds,
        "repeats": list(measurement.seconds_of(scenario)),
        "critical_path": _critical_path(build),
        "input": _input(build.input) if build.input else None,
        "context_bytes": build.context_bytes,
        "modules_downloaded": build.modules_downloaded if build.trace_complete else None,
        "trace_complete": build.trace_complete,
        "measured_at": build.measured_at,
        "measured_in": build.measured_in or None,
        "notes": list(build.notes),
        "instructions": [_instruction(step) for step in build.instructions],
    }


def _input(known: BuildInput) -> Json:
    base_images = {reference: digest or None for reference, digest in known.base_images.items()}
    return asdict(known) | {
        "target": known.target or None,
        "base_images": base_images,
        "platform": known.platform or None,
        "dockerfile_sent": known.dockerfile_sent or None,
    }


def _critical_path(build: Build) -> Json:
    path = critical_path(build)
    return {"seconds": path.seconds, "gaps": path.gaps, "steps": [step.name for step in path.steps]}


def _instruction(step: Instruction) -> Json:
    return {"name": step.name, "seconds": step.seconds, "cached": step.cached, "layer_bytes": step.layer_bytes}


def _contents(measurement: Measurement) -> Json | None:
    """Counts and short lists; the full lists of files are only in the store."""
    if measurement.contents is None:
        return None
    inside = {name: value for name, value in asdict(measurement.contents).items() if name not in ("paths", "layers")}
    return inside | {"bytes_by_kind": image_parts(measurement)}


def _check(check: Check) -> Json:
    """A check; that of a recording has neither passed nor failed here."""
    if check.recorded:
        return asdict(check) | {"passed": None, "passed_in_recording": check.passed}
    return asdict(check) | {"passed_in_recording": None}


def _base_image(image: BaseImage) -> Json:
    return {
        "reference": image.reference,
        "name": image.name or image.reference,
        "digest": image.digest or None,
        "source": image.source,
        "bytes": image.bytes,
    }


_converter = make_converter()
_digest = override(struct_hook=lambda digest, _: digest or "")  # the document has null for an unknown one
_converter.register_structure_hook(BaseImage, make_dict_structure_fn(BaseImage, _converter, digest=_digest))


@dataclass(frozen=True, slots=True)
class _Document:
    """The part of results.json that the store doesn't have, under the document's names."""

    run: str
    started: str
    finished: str
    sections: tuple[Outcome, ...]
    machine: Machine | None
    engine: Engine | None
    base_images: tuple[BaseImage, ...]
    replay: Replay | None = None
    paused_seconds: float = 0.0


def read(document: Path) -> CourseRun:
    """The run that wrote the document; its measurements are those that the store still has."""
    saved, store = _converter.loads(document.read_text(encoding="utf-8"), _Document), Store()
    return CourseRun(
        run_id=saved.run,
        started=saved.started,
        finished=saved.finished,
        outcomes=tuple(replace(outcome, replayed=saved.replay is not None) for outcome in saved.sections),
        records={record.section: record for record in store.of_run(saved.run)},
        machine=saved.machine,
        engine=saved.engine,
        base_images=saved.base_images,
        replay=saved.replay,
        paused_seconds=saved.paused_seconds,
        work=tuple(store.work_of(saved.run)),
        tally=shared_facts.tally(store, saved.run),
    )

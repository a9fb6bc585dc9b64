"""Reads a finished run back: its outcomes from results.json, its measurements from the store."""

from dataclasses import dataclass
from pathlib import Path

from cattrs.gen import make_dict_structure_fn, override
from cattrs.preconf.json import make_converter

from helpers.core.records import BaseImage, Engine, Machine
from helpers.measure.store import Store
from helpers.runner.outcome import CourseRun, Outcome

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


def read(document: Path) -> CourseRun:
    """The run that wrote the document; its measurements are those that the store still has."""
    saved, store = _converter.loads(document.read_text(encoding="utf-8"), _Document), Store()
    return CourseRun(
        run_id=saved.run,
        started=saved.started,
        finished=saved.finished,
        outcomes=saved.sections,
        records={record.section: record for record in store.of_run(saved.run)},
        machine=saved.machine,
        engine=saved.engine,
        base_images=saved.base_images,
        work=tuple(store.work_of(saved.run)),
    )

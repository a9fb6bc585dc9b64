"""results.json conforms to its JSON Schema, which describes every name and refuses anything else."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from helpers.core.records import Check, Measurement, Replay
from helpers.course import baseline
from helpers.runner import results
from helpers.runner.outcome import CourseRun, Failure, Outcome
from tests.fixtures.course_runs import without_input

SCHEMA = json.loads(results.DESCRIPTION.read_text(encoding="utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA, format_checker=Draft202012Validator.FORMAT_CHECKER)


def document(run: CourseRun) -> Any:
    """The document as read from its file."""
    return json.loads(results.dumps(run))


def errors(plain: Any) -> list[str]:
    """Each deviation from the schema: its place in the document and what is wrong."""
    return [f"{error.json_path}: {error.message}" for error in VALIDATOR.iter_errors(plain)]


def complete(run: CourseRun) -> CourseRun:
    return run


def nothing_ran(run: CourseRun) -> CourseRun:
    return CourseRun(run.run_id, run.started, run.finished, ())


def all_failed(run: CourseRun) -> CourseRun:
    outcomes = tuple(replace(outcome, failure=Failure("The kernel died.")) for outcome in run.outcomes)
    return replace(run, outcomes=outcomes, records={}, engine=None, base_images=(), work=())


def only_opened(run: CourseRun) -> CourseRun:
    opened = {name: replace(each, measurement=Measurement(name), variants=()) for name, each in run.records.items()}
    return replace(run, records=opened)


def older_records(run: CourseRun) -> CourseRun:
    return replace(run, records={name: without_input(record) for name, record in run.records.items()})


def of_the_baseline(run: CourseRun) -> CourseRun:
    records = {record.section: record for record in baseline.load()}
    return replace(run, records=records, outcomes=tuple(Outcome(name, 1.0) for name in records))


def without_a_trace(run: CourseRun) -> CourseRun:
    name, record = next(iter(run.records.items()))
    cold = replace(record.measurement.builds["cold"], trace_complete=False, instructions=(), context_bytes=None)
    measurement = replace(record.measurement, builds={"cold": cold}, contents=None, run=None)
    return replace(run, records={name: replace(record, measurement=measurement)})


def a_replay(run: CourseRun) -> CourseRun:
    checks = (Check("It runs.", True, recorded=True), Check("It stops.", False, recorded=True))
    assert run.machine and run.engine
    return replace(
        run,
        replay=Replay(run.started, run.engine, run.machine),
        outcomes=tuple(replace(outcome, replayed=True) for outcome in run.outcomes),
        records={name: replace(record, checks=checks, recorded=True) for name, record in run.records.items()},
    )


RUNS = [complete, nothing_ran, all_failed, only_opened, older_records, of_the_baseline, without_a_trace, a_replay]


def test_the_schema_is_valid() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == Draft202012Validator.META_SCHEMA["$id"]


@pytest.mark.parametrize("change", RUNS)
def test_the_document_of_every_run_conforms(course_run: CourseRun, change: Callable[[CourseRun], CourseRun]) -> None:
    assert errors(document(change(course_run))) == []


WRONG: dict[str, Callable[[Any], object]] = {
    "a name is missing": lambda plain: plain.pop("machine"),
    "a name is unknown": lambda plain: plain.update(sectoins=[]),
    "another version": lambda plain: plain.update(schema=2),
    "a date in another form": lambda plain: plain.update(started="yesterday"),
    "an engine without a version": lambda plain: plain["engine"].pop("version"),
    "a text for a number": lambda plain: plain["sections"][0].update(seconds="61.5"),
    "an unknown status": lambda plain: plain["sections"][0].update(status="skipped"),
    "an unknown scenario": lambda plain: plain["sections"][0]["builds"].update(warm=None),
    "negative seconds": lambda plain: plain["sections"][0]["builds"]["cold"].update(seconds=-1),
    "a build without its input": lambda plain: plain["sections"][0]["builds"]["cold"].pop("input"),
    "a shortened digest": lambda plain: _input(plain).update(context_digest="sha256:cc"),
    "a build argument that is no text": lambda plain: _input(plain)["build_args"].update(MODE=1),
    "an unknown name in a variant": lambda plain: plain["sections"][1]["variants"][0].update(checks=[]),
    "an unknown source of a base image": lambda plain: plain["base_images"][0].update(source="somewhere"),
    "a check that doesn't say whether it is recorded": lambda plain: plain["sections"][0]["checks"][0].pop("recorded"),
    "a replay without its day": lambda plain: plain.update(replay={"engine": plain["engine"], "machine": None}),
    "a failure that is a text": lambda plain: plain["sections"][1].update(failure="ClaimsFailed"),
}


def _input(plain: Any) -> Any:
    return plain["sections"][0]["builds"]["cold"]["input"]


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_document_is_refused(course_run: CourseRun, name: str) -> None:
    plain = document(course_run)
    WRONG[name](plain)
    assert len(errors(plain)) == 1


def parts(schema: Any, place: str = "$") -> Iterator[tuple[str, Any]]:
    """Every schema in the schema, with its place."""
    yield place, schema
    inner = {**schema.get("properties", {}), **schema.get("$defs", {})}
    for name in ("items", "additionalProperties"):
        if isinstance(schema.get(name), dict):
            inner[name] = schema[name]
    for name, each in inner.items():
        yield from parts(each, f"{place}.{name}")


def test_every_name_is_described() -> None:
    named = [
        (f"{place}.{name}", each)
        for place, schema in parts(SCHEMA)
        for group in ("properties", "$defs")
        for name, each in schema.get(group, {}).items()
    ]
    assert len(named) > 100
    assert [place for place, each in named if not each.get("description", "").endswith(".")] == []


def test_every_object_says_which_names_it_has() -> None:
    for place, schema in parts(SCHEMA):
        if "properties" in schema:
            assert schema["additionalProperties"] is False, place
            assert schema["required"] == list(schema["properties"]), place


def test_every_definition_is_used() -> None:
    text = json.dumps(SCHEMA)
    assert [name for name in SCHEMA["$defs"] if f'"#/$defs/{name}"' not in text] == []

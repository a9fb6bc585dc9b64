"""The critical path is the chain of steps that the build waited for."""

import pytest

from helpers.core.records import Build, Instruction
from helpers.metrics.critical_path import critical_path

FROM = Instruction("[build 1/3] FROM golang", "from", cached=None, started=0.0, completed=0.0)
CONTEXT = Instruction("[internal] load build context", "context", cached=False, started=0.0, completed=0.5)
COPY = Instruction("[build 2/3] COPY . .", "copy", ("from", "context"), False, 0.5, 1.0)
COMPILE = Instruction("[build 3/3] RUN go build", "compile", ("copy",), False, 1.25, 9.0)
CERTIFICATES = Instruction("[certs 2/2] RUN apt-get install ca-certificates", "certs", ("from",), False, 0.0, 4.0)
FINAL = Instruction("[stage-2 1/1] COPY --from=build /api /api", "final", ("compile", "certs"), False, 9.5, 9.75)
EXPORT = Instruction("exporting to image", "export", (), False, 10.0, 10.5)


def build(*instructions: Instruction, engine_steps: tuple[Instruction, ...] = (CONTEXT, EXPORT)) -> Build:
    return Build("cold", 11.0, "sha256:1", instructions, engine_steps)


def names(*instructions: Instruction, engine_steps: tuple[Instruction, ...] = (CONTEXT, EXPORT)) -> list[str]:
    return [step.digest for step in critical_path(build(*instructions, engine_steps=engine_steps)).steps]


def test_the_slower_of_two_stages_is_on_it_from_context_to_export() -> None:
    assert names(FROM, COPY, COMPILE, CERTIFICATES, FINAL) == ["context", "copy", "compile", "final", "export"]


def test_the_other_stage_is_on_it_if_that_one_is_slower() -> None:
    slow = Instruction(CERTIFICATES.name, "certs", ("from",), False, 0.0, 9.4)
    assert names(FROM, COPY, COMPILE, slow, FINAL) == ["from", "certs", "final", "export"]


def test_gaps_are_part_of_its_seconds_and_counted_separately() -> None:
    path = critical_path(build(FROM, COPY, COMPILE, CERTIFICATES, FINAL))
    assert path.seconds == pytest.approx(10.5)
    assert path.gaps == pytest.approx(0.25 + 0.5 + 0.25)


def test_a_step_that_did_not_complete_is_not_on_it() -> None:
    stopped = Instruction("[build 3/3] RUN go build", "compile", ("copy",), None, 1.25, None)
    assert names(FROM, COPY, stopped, engine_steps=(CONTEXT,)) == ["context", "copy"]


def test_a_trace_without_times_has_no_critical_path() -> None:
    path = critical_path(build(Instruction("[1/1] RUN true", "run"), engine_steps=()))
    assert (path.steps, path.seconds, path.gaps) == ((), 0.0, 0.0)

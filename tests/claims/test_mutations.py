"""For each claim, a Dockerfile breaks it: the check of that claim fails, and the other checks still pass."""

from contextlib import suppress

import pytest

from helpers.course.claims import claims_of
from helpers.course.subject import Subject
from helpers.measure.claims import Claim, prove
from helpers.measure.experiment import Experiment
from tests.claims import mutations_01_to_05, mutations_06_to_12
from tests.claims.mutation import Mutation
from tests.claims.subjects import Subjects

pytestmark = pytest.mark.engine

MUTATIONS = (*mutations_01_to_05.MUTATIONS, *mutations_06_to_12.MUTATIONS)


class _UnmeasuredScenario(Exception):
    """A proof asks for a scenario that was not measured for the claim under test."""


def _id(mutation: Mutation) -> str:
    return f"{mutation.section} {mutation.breaks}"


@pytest.mark.parametrize("mutation", MUTATIONS, ids=_id)
def test_a_mutation_fails_its_own_check_only(
    mutation: Mutation, subjects: Subjects, monkeypatch: pytest.MonkeyPatch
) -> None:
    subject, changed = subjects.mutated(mutation)
    claims = claims_of(subject.experiment.name)
    try:
        for claim in claims:
            if mutation.breaks in claim.sentence:
                assert not prove(claim, subject).passed
        changed.ready()  # the claim failed because of what the image does, not because the build failed

        monkeypatch.setattr(Experiment, "measure", _refuse)
        excused = (mutation.breaks, *mutation.also)
        for claim in claims:
            if not any(part in claim.sentence for part in excused):
                _still_passes(claim, subject)
    finally:
        subjects.remove(changed)


def _still_passes(claim: Claim[Subject], subject: Subject) -> None:
    with suppress(_UnmeasuredScenario):
        check = prove(claim, subject)
        assert check.passed, f"{claim.sentence} failed too: {check.detail}"


def _refuse(experiment: Experiment, scenario: str) -> None:
    raise _UnmeasuredScenario(f"{experiment.name}: {scenario}")

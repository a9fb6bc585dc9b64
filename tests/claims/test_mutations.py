"""For each claim there is a Dockerfile that breaks it: its check turns red, and the others stay as they were."""

from contextlib import suppress

import pytest

from helpers.course.claims import claims_of
from helpers.course.subject import Subject
from helpers.experiment.claims import Claim, prove
from helpers.experiment.experiment import Experiment
from tests.claims import mutations_01_to_05, mutations_06_to_12
from tests.claims.mutation import Mutation
from tests.claims.subjects import Subjects

pytestmark = pytest.mark.engine

MUTATIONS = (*mutations_01_to_05.MUTATIONS, *mutations_06_to_12.MUTATIONS)


class _AnotherBuild(Exception):
    """A proof asks for a scenario that was not measured for the claim under test."""


def _name(mutation: Mutation) -> str:
    return f"{mutation.section} {mutation.breaks}"


@pytest.mark.parametrize("mutation", MUTATIONS, ids=_name)
def test_a_mutation_turns_its_own_check_red(
    mutation: Mutation, subjects: Subjects, monkeypatch: pytest.MonkeyPatch
) -> None:
    subject, changed = subjects.mutated(mutation)
    claims = claims_of(subject.name)
    try:
        for claim in claims:
            if mutation.breaks in claim.sentence:
                assert not prove(claim, subject).passed
        changed.ready()  # the claim fell because of what the image does, and not for want of an image

        monkeypatch.setattr(Experiment, "measure", _refuse)
        excused = (mutation.breaks, *mutation.also)
        for claim in claims:
            if not any(piece in claim.sentence for piece in excused):
                _stays(claim, subject)
    finally:
        subjects.remove(changed)


def _stays(claim: Claim[Subject], subject: Subject) -> None:
    with suppress(_AnotherBuild):
        check = prove(claim, subject)
        assert check.passed, f"{claim.sentence} does not hold either: {check.detail}"


def _refuse(experiment: Experiment, scenario: str) -> None:
    raise _AnotherBuild(f"{experiment.name}: {scenario}")

"""For each claim, a Dockerfile breaks it: the check of that claim fails, and the other checks still pass."""

from collections.abc import Callable, Sequence

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


# Parts of the claims whose proof builds a scenario, by section. The mutation of another claim judges them only if its
# own proof built that scenario too; all other claims are judged by every mutation of their section.
NEED_A_SCENARIO = {
    "00": ("reports what each", "no instruction runs again"),
    "02": ("make builds faster",),
    "03": ("longest instruction",),
    "04": ("go mod download comes",),
    "09": ("downloads the modules again", "no module is downloaded", "a third"),
    "11": ("no module is downloaded", "token passed"),
    "12": ("not every RUN",),
}


# Each takes more than a minute on two cores: it builds without a cache, or the API is compiled at every start.
SLOW = {
    ("01", "800 MB"),
    ("03", "longest instruction"),
    ("09", "a third"),
    ("10", "forty times"),
    ("10", "ten times sooner"),
}


def _marked(mutation: Mutation) -> object:
    marks = [pytest.mark.thorough] if (mutation.section, mutation.breaks) in SLOW else []
    return pytest.param(mutation, marks=marks, id=_id(mutation))


def test_each_slow_mutation_exists() -> None:
    assert {(mutation.section, mutation.breaks) for mutation in MUTATIONS} >= SLOW


@pytest.mark.parametrize("mutation", [_marked(mutation) for mutation in MUTATIONS])
def test_a_mutation_fails_its_own_check_only(
    mutation: Mutation,
    subjects: Subjects,
    monkeypatch: pytest.MonkeyPatch,
    record_property: Callable[[str, object], None],
) -> None:
    subject, changed = subjects.mutated(mutation)
    own, others = _by_what_it_breaks(mutation, claims_of(subject.experiment.name))
    try:
        for claim in own:
            assert not prove(claim, subject).passed
        changed.ready()  # the claim failed because of what the image does, not because the build failed

        monkeypatch.setattr(Experiment, "measure", refuse)
        unjudged = [claim.sentence for claim in others if not still_passes(claim, subject, mutation.section)]
        record_property("not judged", unjudged)
    finally:
        subjects.remove(changed)


def _by_what_it_breaks(
    mutation: Mutation, claims: Sequence[Claim[Subject]]
) -> tuple[list[Claim[Subject]], list[Claim[Subject]]]:
    """The claim that the mutation breaks, and those that it must not break."""
    own = [claim for claim in claims if mutation.breaks in claim.sentence]
    excused = (mutation.breaks, *mutation.also)
    return own, [claim for claim in claims if not any(part in claim.sentence for part in excused)]


def still_passes(claim: Claim[Subject], subject: Subject, section: str) -> bool:
    """Whether the claim could be judged; fails if it could and is false, or if it needs a scenario unexpectedly."""
    try:
        check = prove(claim, subject)
    except _UnmeasuredScenario as unmeasured:
        assert any(part in claim.sentence for part in NEED_A_SCENARIO.get(section, ())), (
            f"{claim.sentence} {unmeasured}"
        )
        return False
    assert check.passed, f"{claim.sentence} failed too: {check.detail}"
    return True


def refuse(experiment: Experiment, scenario: str) -> None:
    raise _UnmeasuredScenario(f"{experiment.name}: {scenario}")

"""What can be said of claims without an engine: each is a sentence with a source, and has a mutation that breaks it."""

import pytest

from helpers.course.claims import claims_of
from helpers.course.sections import discover
from helpers.course.subject import Subject
from helpers.experiment.claims import Claim
from tests.claims.mutation import Mutation, append, both, swap
from tests.claims.test_mutations import MUTATIONS

SECTIONS = [files.name for files in discover()]


def _claims(section: str) -> list[Claim[Subject]]:
    return list(claims_of(section))


def test_every_section_of_the_course_is_here() -> None:
    assert [name[:2] for name in SECTIONS] == [f"{number:02}" for number in range(13)]


@pytest.mark.parametrize("section", SECTIONS)
def test_a_section_makes_three_claims_at_least(section: str) -> None:
    assert len(_claims(section)) >= 3


@pytest.mark.parametrize("section", SECTIONS)
def test_a_claim_is_a_sentence_with_an_official_page(section: str) -> None:
    for claim in _claims(section):
        assert claim.sentence[0].isupper() and claim.sentence.endswith(".")
        assert claim.source.startswith("https://")


@pytest.mark.parametrize("section", SECTIONS)
def test_every_claim_has_a_mutation_that_breaks_it(section: str) -> None:
    broken = {piece.breaks for piece in MUTATIONS if piece.section == section[:2]}
    for claim in _claims(section):
        assert any(piece in claim.sentence for piece in broken), claim.sentence


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: f"{mutation.section} {mutation.breaks}")
def test_a_mutation_names_the_claims_it_means(mutation: Mutation) -> None:
    sentences = [claim.sentence for claim in _claims(mutation.section)]
    for piece in (mutation.breaks, *mutation.also):
        assert sum(piece in sentence for sentence in sentences) == 1, piece


def test_a_change_that_finds_nothing_to_change_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing to change"):
        swap("RUN", "COPY")("FROM scratch\n")


def test_changes_follow_one_another() -> None:
    assert both(swap("a", "b"), swap("b", "c"), append("d"))("a\n") == "c\nd\n"

"""Claims, checked without an engine: each is a sentence with a source, and has a mutation that breaks it."""

import pytest

from helpers.course.claims import claims_of
from helpers.course.sections import discover
from helpers.course.subject import Subject
from helpers.measure.claims import Claim
from tests.claims.mutation import Mutation, append, both, swap
from tests.claims.test_mutations import MUTATIONS

SECTIONS = [files.name for files in discover()]


def _claims(section: str) -> list[Claim[Subject]]:
    return list(claims_of(section))


def test_every_section_has_claims() -> None:
    assert [name[:2] for name in SECTIONS] == [f"{number:02}" for number in range(13)]


@pytest.mark.parametrize("section", SECTIONS)
def test_a_section_makes_at_least_three_claims(section: str) -> None:
    assert len(_claims(section)) >= 3


@pytest.mark.parametrize("section", SECTIONS)
def test_a_claim_is_a_sentence_with_an_official_page(section: str) -> None:
    for claim in _claims(section):
        assert claim.sentence[0].isupper() and claim.sentence.endswith(".")
        assert claim.source.startswith("https://")


@pytest.mark.parametrize("section", SECTIONS)
def test_every_claim_has_a_mutation_that_breaks_it(section: str) -> None:
    broken = {mutation.breaks for mutation in MUTATIONS if mutation.section == section[:2]}
    for claim in _claims(section):
        assert any(part in claim.sentence for part in broken), claim.sentence


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: f"{mutation.section} {mutation.breaks}")
def test_each_part_that_a_mutation_names_is_in_exactly_one_claim(mutation: Mutation) -> None:
    sentences = [claim.sentence for claim in _claims(mutation.section)]
    for part in (mutation.breaks, *mutation.also):
        assert sum(part in sentence for sentence in sentences) == 1, part


def test_a_change_that_changes_nothing_is_an_error() -> None:
    with pytest.raises(ValueError, match="nothing to change"):
        swap("RUN", "COPY")("FROM scratch\n")


def test_changes_are_applied_in_order() -> None:
    assert both(swap("a", "b"), swap("b", "c"), append("d"))("a\n") == "c\nd\n"

"""Claims, checked without an engine: each is a sentence with a source, and has a mutation that breaks it."""

from types import SimpleNamespace
from typing import Any

import pytest

from helpers.course.claims import claims_of
from helpers.course.sections import discover
from helpers.course.subject import Subject
from helpers.measure.claims import Claim
from tests.claims.mutation import Mutation, append, both, swap
from tests.claims.test_mutations import MUTATIONS, NEED_A_SCENARIO, refuse, still_passes

SECTIONS = [files.name for files in discover()]


def _claims(section: str) -> list[Claim[Subject]]:
    return list(claims_of(section))


def test_every_section_has_claims() -> None:
    assert [name[:2] for name in SECTIONS] == [f"{number:02}" for number in range(14)]


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


def test_each_claim_that_needs_a_scenario_is_named_by_a_part_of_its_own() -> None:
    for section, parts in NEED_A_SCENARIO.items():
        sentences = [claim.sentence for claim in _claims(section)]
        assert [sum(part in sentence for sentence in sentences) for part in parts] == [1] * len(parts), section


def test_a_claim_whose_proof_needs_an_unexpected_scenario_is_reported() -> None:
    def asks(subject: Subject) -> bool:
        refuse(subject.experiment, "source-edit")
        return True

    subject: Any = SimpleNamespace(experiment=SimpleNamespace(name="05"))
    with pytest.raises(AssertionError, match=r"It is small\. 05: source-edit"):
        still_passes(Claim("It is small.", asks), subject, "05")
    assert not still_passes(Claim("Now compiling is the longest instruction.", asks), subject, "03")
    assert still_passes(Claim("It is small.", lambda subject: True), subject, "05")
    with pytest.raises(AssertionError, match=r"It is small\. failed too"):
        still_passes(Claim("It is small.", lambda subject: False), subject, "05")


def test_a_change_that_changes_nothing_is_an_error() -> None:
    with pytest.raises(ValueError, match="nothing to change"):
        swap("RUN", "COPY")("FROM scratch\n")


def test_changes_are_applied_in_order() -> None:
    assert both(swap("a", "b"), swap("b", "c"), append("d"))("a\n") == "c\nd\n"

"""Without consent, no stand-in is made and none gets a digest; what exists needs none."""

from collections.abc import Callable
from dataclasses import replace

import docker
import pytest

from helpers.core.errors import BaseImageError
from helpers.engine.base_images import found
from helpers.standins.recipes import Plan
from tests.standins.workshop import SMALL, Workshop, ensure_small, image_of

pytestmark = pytest.mark.engine


@pytest.mark.parametrize("consent", [False, lambda plan: False], ids=["none", "refused"])
def test_without_consent_nothing_is_made(
    client: docker.DockerClient, workshop: Workshop, consent: bool | Callable[[str], bool]
) -> None:
    with pytest.raises(BaseImageError, match="connection refused") as caught:
        ensure_small(client, workshop, consent)

    assert "run --yes" in caught.value.hint
    assert found(client, SMALL.reference) is None
    assert workshop.steps == []


def test_without_consent_no_digest_is_added(client: docker.DockerClient, workshop: Workshop, names: list[str]) -> None:
    workshop.execute(client, Plan(made=(replace(SMALL, pinned=False),)))
    workshop.steps.clear()

    ensure_small(client, workshop, False)

    assert image_of(client, names).digest == ""
    assert (workshop.said, workshop.steps) == ([], [])


@pytest.mark.parametrize("answer", [False, True])
def test_a_digest_is_asked_about(
    client: docker.DockerClient, workshop: Workshop, names: list[str], answer: bool
) -> None:
    workshop.execute(client, Plan(made=(replace(SMALL, pinned=False),)))
    questions: list[str] = []

    def reply(plan: str) -> bool:
        questions.append(plan)
        return answer

    ensure_small(client, workshop, reply)

    assert questions == ["Stand-ins that get a digest to pin: localhost:1/test-stand-in:latest."]
    assert bool(image_of(client, names).digest) is answer


def test_consent_question_contains_the_plan(client: docker.DockerClient, workshop: Workshop, names: list[str]) -> None:
    questions: list[str] = []

    def agree(plan: str) -> bool:
        questions.append(plan)
        return True

    ensure_small(client, workshop, agree)

    assert image_of(client, names).source == "stand-in"
    assert "labelled as stand-ins" in questions[0]
    assert workshop.said == questions


def test_existing_stand_in_is_not_made_again(client: docker.DockerClient, workshop: Workshop, names: list[str]) -> None:
    ensure_small(client, workshop, True)
    first = image_of(client, names)
    workshop.said.clear()
    workshop.script = "exit 25"

    ensure_small(client, workshop, True)

    assert image_of(client, names) == first
    assert workshop.said == []

"""A token that is passed as a build argument and as a secret: whether it arrives, and where it's found."""

from dataclasses import replace

import docker
import pytest

from helpers.core.errors import BuildFailed
from helpers.course.build_secrets import ARGUMENT, SECRET, arrived, in_history, with_token
from helpers.course.sections import find
from helpers.course.subject import Subject, subject_of

pytestmark = pytest.mark.engine
TOKEN = "example-token-of-a-test"


@pytest.fixture
def section(client: docker.DockerClient) -> Subject:
    return subject_of(client, find("11"))


def test_a_build_argument_arrives_and_is_in_the_history(section: Subject) -> None:
    built = with_token(section.variant(ARGUMENT), TOKEN)
    assert arrived(built.build(), TOKEN) and in_history(built, TOKEN)


def test_a_secret_arrives_and_is_not_in_the_history(section: Subject) -> None:
    built = with_token(section.variant(SECRET), TOKEN)
    assert arrived(built.build(), TOKEN) and not in_history(built, TOKEN)


def test_a_secret_that_a_command_prints_is_masked_in_records_and_errors(section: Subject) -> None:
    project = replace(section.experiment.project, secrets={"TOKEN": TOKEN})
    text = "FROM golang:1.19-bullseye\nRUN --mount=type=secret,id=TOKEN echo it is $(cat /run/secrets/TOKEN)"
    build = section.experiment.altered("prints-secret", f"{text}\n", project=project).build()
    assert TOKEN not in str(build) and "it is •••" in build.find("RUN").log
    with pytest.raises(BuildFailed) as failed:
        section.experiment.altered("prints-secret", f"{text} && false\n", project=project).build()
    assert TOKEN not in str(failed.value) and "it is •••" in str(failed.value)


def test_the_token_is_masked_in_errors(section: Subject) -> None:
    prints = section.experiment.altered("prints", "FROM golang:1.19-bullseye\nARG TOKEN\nRUN echo $TOKEN && false\n")
    with pytest.raises(BuildFailed) as failed:
        with_token(prints, TOKEN).build()
    assert TOKEN not in str(failed.value) and "•••" in str(failed.value)

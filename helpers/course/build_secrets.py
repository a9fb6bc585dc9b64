"""A token that a build needs, passed as a build argument and as a secret, and where it's found afterwards."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from helpers.core.records import Build
from helpers.course.section import Section
from helpers.measure.experiment import Experiment

NAME = "TOKEN"  # of the build argument, and the ID of the secret
ARGUMENT, SECRET = "token-as-argument", "token-as-secret"  # variants of section 11


def with_token(experiment: Experiment, token: str) -> Experiment:
    """The same Dockerfile, whose builds get the token both as a build argument and as a secret."""
    project = replace(experiment.project, build_args={NAME: token}, secrets={NAME: token})
    return experiment.altered(experiment.name, experiment.dockerfile, file=experiment.file, project=project)


def arrived(build: Build, token: str) -> bool:
    """Whether an instruction printed the token's SHA-256. The token itself is masked in every log."""
    fingerprint = hashlib.sha256(token.encode()).hexdigest()
    return any(fingerprint in step.log for step in build.instructions)


def in_history(experiment: Experiment, token: str) -> list[str]:
    """The lines of the image's history and the settings in its configuration that contain the token."""
    image = experiment.client.images.get(experiment.ready().image_id)
    return [text for text in _texts([image.history(), image.attrs["Config"]]) if token in text]


def build_with_token(section: Section, variant: str, token: str) -> Build:
    """Builds one of the section's variants with the token, from scratch, and prints whether the token arrived."""
    yours = with_token(section.variant(variant).experiment, token)
    build = section.reporter.during(yours, "build with a token", yours.build)
    section.reporter.note(f"{variant}: the token {'arrived' if arrived(build, token) else 'is missing'} in the build.")
    return build


def _texts(value: Any) -> Iterator[str]:  # noqa: ANN401  # any JSON value
    """Every string in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _texts(each)

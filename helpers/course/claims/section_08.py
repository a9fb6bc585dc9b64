"""Section 08: an image that says what it is, and what EXPOSE does not do."""

import uuid

from helpers.course.claims.facts import executed
from helpers.course.exercise import Exercise
from helpers.course.subject import Subject
from helpers.experiment.claims import Claim
from helpers.experiment.experiment import Experiment

_KEYS = "org.opencontainers.image."
_OTHER_PORT = 9090  # that no EXPOSE of the course names


def _says_what_it_is(section: Subject) -> bool:
    wanted = {_KEYS + key for key in ("title", "description", "licenses", "revision")}
    return wanted <= set(section.image.labels)


def _is_lost_in_the_build_stage(section: Subject) -> bool:
    early = section.variant("label-in-build-stage").image
    return not early.labels and not early.exposed_ports


def _exposes_without_opening(section: Subject) -> bool:
    moved = section.run(port=_OTHER_PORT, environment={"PORT": str(_OTHER_PORT)})
    return section.image.exposed_ports == ("8080/tcp",) and moved.health.status == 200


def _new_revision_runs_nothing(section: Subject) -> bool:
    section.ready()
    commit = uuid.uuid4().hex  # never built before: an earlier check has cached every other
    text = section.dockerfile.replace("REVISION=unknown", f"REVISION={commit}")
    return executed(section.variant("new-revision", text).ready()) == []


def _names_its_source_for_nothing(section: Subject, yours: Experiment) -> bool:
    section.ready()
    built = executed(yours.ready()) == []
    return built and yours.image.labels.get(_KEYS + "source", "").startswith("https://")


CLAIMS: tuple[Claim[Subject], ...] = (
    Claim(
        "The image carries its title, description, licence and revision under the names that the OCI agreed on.",
        _says_what_it_is,
        "https://github.com/opencontainers/image-spec/blob/main/annotations.md",
    ),
    Claim(
        "Written in the build stage, the same labels and the same EXPOSE are not in the image.",
        _is_lost_in_the_build_stage,
        "https://docs.docker.com/build/building/multi-stage/",
    ),
    Claim(
        "EXPOSE 8080 is a note. The server answers on a port that no EXPOSE names, once that one is published.",
        _exposes_without_opening,
        "https://docs.docker.com/reference/dockerfile/#expose",
    ),
    Claim(
        "For a new revision nothing is copied and nothing is compiled again.",
        _new_revision_runs_nothing,
        "https://docs.docker.com/build/cache/invalidation/",
    ),
)

EXERCISE = Exercise(
    "The image names its source, an address with https, and writing it there ran no instruction again.",
    _names_its_source_for_nothing,
)

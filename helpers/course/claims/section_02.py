"""Section 02: a tag names a version, a digest names an image, and neither makes a build faster."""

from helpers.course.claims.facts import executed, go_version
from helpers.course.exercise import Exercise
from helpers.course.pinning import pinned
from helpers.course.subject import Subject
from helpers.experiment.claims import Claim
from helpers.experiment.experiment import Experiment
from helpers.records import Image
from helpers.records.errors import BuildFailed


def _pinned_is_another_go(section: Subject) -> bool:
    return " go1.19" in go_version(section) and go_version(section) != go_version(section.before)


def _digest_is_the_same_base(section: Subject) -> bool:
    return _bottom(section.variant("by-digest", pinned(section)).image) == _bottom(section.image)


def _bottom(image: Image) -> str:
    return image.layers[0].diff_id


def _same_work_after_an_edit(section: Subject) -> bool:
    return executed(section.build("source-edit")) == executed(section.before.build("source-edit"))


def _notices_a_moved_tag(section: Subject, yours: Experiment) -> bool:
    """Builds on the pinned image, and refuses the newest one: what a tag that moved far would look like."""
    yours.ready()
    moved = yours.dockerfile.replace("golang:1.19-bullseye", "golang")
    return moved != yours.dockerfile and _fails(yours.altered("moved-tag", moved))


def _fails(experiment: Experiment) -> bool:
    try:
        experiment.ready()
    except BuildFailed:
        return True
    return False


CLAIMS: tuple[Claim[Subject], ...] = (
    Claim(
        "The floating tag and the pinned tag hold different versions of Go.",
        _pinned_is_another_go,
        "https://docs.docker.com/build/building/best-practices/#pin-base-image-versions",
    ),
    Claim(
        "The digest builds too, on the very same base as the tag does today.",
        _digest_is_the_same_base,
        "https://docs.docker.com/reference/dockerfile/#from",
    ),
    Claim(
        "Pinning makes no build faster: after a source edit, the same instructions are carried out as before.",
        _same_work_after_an_edit,
        "https://docs.docker.com/build/cache/invalidation/",
    ),
)

EXERCISE = Exercise(
    "The build accepts Go 1.19, and fails as soon as the tag brings another Go.",
    _notices_a_moved_tag,
)

"""Section 04: the order of instructions decides what an edit costs."""

from helpers.course.exercise import Exercise
from helpers.course.subject import Subject
from helpers.experiment.claims import Claim
from helpers.experiment.experiment import Experiment


def _download_is_cached_now(section: Subject) -> bool:
    before, now = section.before.build("source-edit"), section.build("source-edit")
    return before.ran("go mod download") and not now.ran("go mod download")


def _same_size(section: Subject) -> bool:
    return abs(section.image.bytes - section.before.image.bytes) < 0.01 * section.before.image.bytes


def _ignored_files_stay_here(section: Subject) -> bool:
    without = section.variant("without-dockerignore", section.dockerfile, ignore=False)
    return _files(without) > _files(section)


def _files(experiment: Experiment) -> set[str]:
    return set(experiment.output("find", ".", "-type", "f").splitlines())


def _dependencies_are_compiled_already(section: Subject, yours: Experiment) -> bool:
    """Whether compiling after a source edit takes less than half of what it takes in the section itself."""
    usual = section.build("source-edit").find("go build -o").seconds
    seconds = yours.build("source-edit").find("go build -o").seconds
    return usual is not None and seconds is not None and seconds < usual / 2


CLAIMS: tuple[Claim[Subject], ...] = (
    Claim(
        "After a source edit, go mod download is taken from the cache. In the section before it ran again.",
        _download_is_cached_now,
        "https://docs.docker.com/build/cache/optimize/#order-your-layers",
    ),
    Claim(
        "The image weighs the same as before, give or take one percent.",
        _same_size,
        "https://docs.docker.com/build/cache/",
    ),
    Claim(
        "What .dockerignore names never reaches the image. Without it, COPY takes more files along.",
        _ignored_files_stay_here,
        "https://docs.docker.com/build/concepts/context/#dockerignore-files",
    ),
)

EXERCISE = Exercise(
    "After a source edit, compiling takes less than half as long, since the dependencies were compiled before.",
    _dependencies_are_compiled_already,
)

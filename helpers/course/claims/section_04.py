"""Section 04: the order of instructions decides what an edit costs."""

from helpers.course.exercise import Exercise
from helpers.course.subject import Subject
from helpers.measure.claims import Claim
from helpers.measure.experiment import Experiment


def _download_is_cached_now(section: Subject) -> bool:
    before, now = section.before.build("source-edit"), section.experiment.build("source-edit")
    return before.ran("go mod download") and not now.ran("go mod download")


def _same_size(section: Subject) -> bool:
    return abs(section.experiment.image().bytes - section.before.image().bytes) < 0.01 * section.before.image().bytes


def _ignored_files_are_not_copied(section: Subject) -> bool:
    without = section.variant("without-dockerignore", section.experiment.dockerfile, ignore=False)
    return _files(without) > _files(section.experiment)


def _files(experiment: Experiment) -> set[str]:
    return set(experiment.output("find", ".", "-type", "f").splitlines())


def _dependencies_are_already_compiled(section: Subject, yours: Experiment) -> bool:
    """Whether compiling after a source edit takes less than half of what it takes in the section itself."""
    original = section.experiment.build("source-edit").find("go build -o").seconds
    seconds = yours.build("source-edit").find("go build -o").seconds
    return original is not None and seconds is not None and seconds < original / 2


CLAIMS: tuple[Claim[Subject], ...] = (
    Claim(
        "After a source edit, go mod download comes from the cache. In section 03, it ran again.",
        _download_is_cached_now,
        "https://docs.docker.com/build/cache/optimize/#order-your-layers",
    ),
    Claim(
        "The image is the same size as in section 03, give or take one percent.",
        _same_size,
        "https://docs.docker.com/build/cache/",
    ),
    Claim(
        "Files that .dockerignore lists never reach the image. Without it, COPY copies more files.",
        _ignored_files_are_not_copied,
        "https://docs.docker.com/build/concepts/context/#dockerignore-files",
    ),
)

EXERCISE = Exercise(
    "After a source edit, compiling takes less than half as long, because the dependencies are already compiled.",
    _dependencies_are_already_compiled,
)

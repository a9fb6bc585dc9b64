"""Section 09: a cache mount on every RUN that needs it, and what becomes of one that stands on the wrong RUN."""

from helpers.course.exercise import Exercise
from helpers.course.subject import Subject
from helpers.experiment.claims import Claim
from helpers.experiment.experiment import Experiment
from helpers.records import Build, Instruction, Scenario

_LIMIT = 17_500_000  # bytes: the published 17 MB, with room for what another toolchain adds


def _as_taught_fetches_all_again(section: Subject) -> bool:
    edit = _edited(section.variant("as-usually-taught"))
    return not edit.ran("go mod download") and _compiling(edit).modules_downloaded > 1


def _fetches_none(section: Subject) -> bool:
    edit = _edited(section)
    return edit.ran("go build") and edit.modules_downloaded == 0


def _compiles_in_a_third(section: Subject) -> bool:
    return 3 * _seconds(section) < _seconds(section.variant("as-usually-taught"))


def _edited(experiment: Experiment) -> Build:
    return experiment.build(Scenario.SOURCE_EDIT)


def _compiling(build: Build) -> Instruction:
    return build.find("go build")


def _seconds(experiment: Experiment) -> float:
    """Seconds that `go build` takes after a source edit, by the engine's clock; LookupError where it never ran."""
    seconds = _compiling(_edited(experiment)).seconds
    if seconds is None:
        raise LookupError("go build has no time in this build")
    return seconds


def _needs_no_download_instruction(section: Subject, yours: Experiment) -> bool:
    edit = _edited(yours)
    alone = not any("go mod download" in step.text for step in edit.instructions)
    return alone and edit.ran("go build") and edit.modules_downloaded == 0


CLAIMS: tuple[Claim[Subject], ...] = (
    Claim(
        "As usually taught: go mod download comes from the cache, and go build downloads the modules all the same.",
        _as_taught_fetches_all_again,
        "https://go.dev/ref/mod#module-cache",
    ),
    Claim(
        "With both mounts on go build, no module is downloaded after a source edit.",
        _fetches_none,
        "https://docs.docker.com/build/cache/optimize/#use-cache-mounts",
    ),
    Claim(
        "After a source edit, go build takes less than a third of what it takes as usually taught.",
        _compiles_in_a_third,
        "https://pkg.go.dev/cmd/go#hdr-Build_and_test_caching",
    ),
    Claim(
        "The caches are not in the image: it is below 17.5 MB.",
        lambda s: s.image.bytes < _LIMIT,
        "https://docs.docker.com/reference/dockerfile/#run---mounttypecache",
    ),
)

EXERCISE = Exercise(
    "There is no instruction go mod download at all, and after a source edit still no module is downloaded.",
    _needs_no_download_instruction,
)

"""Section 09: a cache mount on every RUN that needs it, and what happens if it is on the wrong RUN."""

from helpers.core.records import Build, Instruction, Scenario
from helpers.course.exercise import Exercise, Outcome
from helpers.course.guesses import Guess
from helpers.course.subject import Subject
from helpers.measure.claims import Claim
from helpers.measure.experiment import Experiment

_COPIED = {"/api-golang", "/etc/passwd"}  # all that the Dockerfile copies into the final stage


def _mount_on_download_only_downloads_again(section: Subject) -> bool:
    edit = _after_source_edit(section.variant("mount-on-download-only"))
    return not edit.ran("go mod download") and _compile_step(edit).modules_downloaded > 1


def _downloads_nothing(section: Subject) -> bool:
    edit = _after_source_edit(section.experiment)
    return edit.ran("go build") and edit.modules_downloaded == 0


def _compiles_in_a_third(section: Subject) -> bool:
    return _times_faster(section) > 3


def _times_faster(section: Subject) -> float:
    return _compile_seconds(section.variant("mount-on-download-only")) / _compile_seconds(section.experiment)


def _has_only_what_was_copied(section: Subject) -> bool:
    contents = section.experiment.contents()
    return contents.files == len(_COPIED) and set(contents.paths) == _COPIED


def _after_source_edit(experiment: Experiment) -> Build:
    return experiment.build(Scenario.SOURCE_EDIT)


def _compile_step(build: Build) -> Instruction:
    return build.find("go build")


def _compile_seconds(experiment: Experiment) -> float:
    """The seconds that `go build` takes after a source edit, by the engine's clock.

    Raises LookupError if it never ran.
    """
    seconds = _compile_step(_after_source_edit(experiment)).seconds
    if seconds is None:
        raise LookupError("go build has no time in this build.")
    return seconds


def _needs_no_download_instruction(section: Subject, yours: Experiment) -> Outcome:
    edit = _after_source_edit(yours)
    removed = not any("go mod download" in step.text for step in edit.instructions)
    there = "is gone" if removed else "is still there"
    observed = f"go mod download {there}, and go build downloaded {edit.modules_downloaded} modules after an edit"
    solved = removed and edit.ran("go build") and edit.modules_downloaded == 0
    return Outcome(solved, observed, "the instruction is gone, and 0 modules")


def _modules_with_mount_on_download_only(section: Subject) -> int:
    return _compile_step(_after_source_edit(section.variant("mount-on-download-only"))).modules_downloaded


CLAIMS: tuple[Claim[Subject], ...] = (
    Claim(
        "With the mounts on go mod download only, it comes from the cache, and go build downloads the modules again.",
        _mount_on_download_only_downloads_again,
        "https://go.dev/ref/mod#module-cache",
    ),
    Claim(
        "With both mounts on go build, no module is downloaded after a source edit.",
        _downloads_nothing,
        "https://docs.docker.com/build/cache/optimize/#use-cache-mounts",
    ),
    Claim(
        "After a source edit, go build takes less than a third of the time that it takes "
        "with the mounts on go mod download only.",
        _compiles_in_a_third,
        "https://pkg.go.dev/cmd/go#hdr-Build_and_test_caching",
    ),
    Claim(
        "The caches aren't in the image: its only files are /api-golang and /etc/passwd.",
        _has_only_what_was_copied,
        "https://docs.docker.com/reference/dockerfile/#run---mounttypecache",
    ),
)

EXERCISES = (
    Exercise(
        "without-go-mod-download",
        "The Dockerfile has no go mod download instruction, and after a source edit still no module is downloaded.",
        _needs_no_download_instruction,
        (
            "go build downloads the modules that it doesn't find.",
            "Where does go build put them, and what keeps that folder for the next build?",
            "Remove the whole RUN of go mod download, with its mount. Leave both mounts of go build.",
        ),
        "With the mount on go build, a module that it downloads stays in the mount. Only the first build on a "
        "builder downloads all of them. One thing is lost: a download that fails no longer has an instruction of its "
        "own in the build log.",
    ),
)

GUESSES = (
    Guess(
        "modules",
        "With the mounts on go mod download only, how many modules does go build download after an edit?",
        _modules_with_mount_on_download_only,
        "modules",
    ),
    Guess(
        "faster",
        "With both mounts on go build, how many times faster is it after an edit?",
        _times_faster,
        "times",
    ),
)

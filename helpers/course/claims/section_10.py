"""Section 10: the first Dockerfile and the ninth, measured side by side."""

from helpers.core import units
from helpers.core.records import Contents
from helpers.course.claims.shared_proofs import process
from helpers.course.exercise import Exercise, Outcome
from helpers.course.guesses import Guess
from helpers.course.subject import Subject
from helpers.measure.claims import Claim
from helpers.measure.experiment import Experiment

_TIMES = 40  # how much smaller the last image is


def _first(section: Subject) -> Experiment:
    return section.other("01-naive")


def _ninth(section: Subject) -> Experiment:
    return section.other("09-cache-mount")


def _is_forty_times_smaller(section: Subject) -> bool:
    return _first(section).image().bytes > _TIMES * _ninth(section).image().bytes


def _times_smaller(section: Subject) -> int:
    return round(_first(section).image().bytes / _ninth(section).image().bytes)


def _answers_ten_times_sooner(section: Subject) -> bool:
    return _seconds_to_healthy(_first(section)) > 10 * _seconds_to_healthy(_ninth(section))


def _times_sooner(section: Subject) -> int:
    return round(_seconds_to_healthy(_first(section)) / _seconds_to_healthy(_ninth(section)))


def _seconds_to_healthy(experiment: Experiment) -> float:
    return experiment.run().health.seconds_to_healthy


def _tools_are_gone(section: Subject) -> bool:
    return all(_tools(_first(section).contents())) and not any(_tools(_ninth(section).contents()))


def _tools(contents: Contents) -> tuple[tuple[str, ...], ...]:
    return contents.shells, contents.package_managers, contents.compilers


def _root_is_gone(section: Subject) -> bool:
    return process(_first(section)).uid == 0 and process(_ninth(section)).uid != 0


def _is_small_and_answers(section: Subject, yours: Experiment) -> Outcome:
    limit = _first(section).image().bytes // _TIMES
    wanted = f"at most {units.bytes_in_words(limit)}, and a server that answers"
    size = yours.image().bytes
    observed = f"the image has {units.bytes_in_words(size)}"
    if size > limit:
        return Outcome(False, observed, wanted)
    seconds = units.seconds(_seconds_to_healthy(yours))
    return Outcome(True, f"{observed}, and its server answers after {seconds} s", wanted)


CLAIMS: tuple[Claim[Subject], ...] = (
    Claim(
        "The image of section 09 is at least forty times smaller than the image of section 01.",
        _is_forty_times_smaller,
        "https://docs.docker.com/build/building/multi-stage/",
    ),
    Claim(
        "The server of section 09 answers at least ten times sooner than the server of section 01.",
        _answers_ten_times_sooner,
        "https://pkg.go.dev/cmd/go#hdr-Compile_and_run_Go_program",
    ),
    Claim(
        "The image of section 01 contains shells, package managers and compilers. That of section 09 contains none.",
        _tools_are_gone,
        "https://docs.docker.com/build/building/best-practices/#choose-the-right-base-image",
    ),
    Claim(
        "The server of section 01 runs as root. The server of section 09 doesn't.",
        _root_is_gone,
        "https://docs.docker.com/build/building/best-practices/#user",
    ),
)

EXERCISES = (
    Exercise(
        "two-ideas",
        f"The image is at least {_TIMES} times smaller than the image of section 01, and its server answers.",
        _is_small_and_answers,
        (
            "Two ideas are enough: compile in the build, and ship only what was compiled.",
            "Name the first stage with FROM … AS build, compile in it with go build -o api-golang, and start a second "
            "stage with FROM scratch that copies the binary.",
            "scratch has no C library: link statically, as section 05 does. It has no shell either: write CMD as "
            '["/api-golang"].',
        ),
        "The first RUN of go build moves the compiling from each start into the build, and the second stage leaves "
        "Go, Debian and the modules behind. All the other steps of the course are for other questions: how long a "
        "rebuild takes, which user the server runs as, what the image says about itself.",
    ),
)

GUESSES = (
    Guess(
        "smaller",
        "How many times smaller is the image of section 09 than that of section 01?",
        _times_smaller,
        "times",
    ),
    Guess(
        "sooner",
        "How many times sooner does the server of section 09 answer than that of section 01?",
        _times_sooner,
        "times",
    ),
)

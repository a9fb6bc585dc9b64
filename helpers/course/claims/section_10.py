"""Section 10: the first Dockerfile and the ninth, measured side by side."""

from helpers.core.records import Contents
from helpers.course.claims.shared_proofs import process
from helpers.course.guesses import Guess
from helpers.course.subject import Subject
from helpers.measure.claims import Claim
from helpers.measure.experiment import Experiment


def _first(section: Subject) -> Experiment:
    return section.other("01-naive")


def _ninth(section: Subject) -> Experiment:
    return section.other("09-cache-mount")


def _is_forty_times_smaller(section: Subject) -> bool:
    return _first(section).image().bytes > 40 * _ninth(section).image().bytes


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

EXERCISES = ()

GUESSES = (
    Guess(
        "sooner",
        "How many times sooner does the server of section 09 answer than that of section 01?",
        _times_sooner,
        "times",
    ),
)

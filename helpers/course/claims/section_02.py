"""Section 02: a tag names a version, a digest names an image, and neither makes builds faster."""

import re

from helpers.core.errors import BuildFailed
from helpers.core.records import Image
from helpers.course.claims.shared_proofs import executed, go_version
from helpers.course.exercise import Exercise, Outcome
from helpers.course.guesses import Guess
from helpers.course.opening import pinned
from helpers.course.subject import Subject
from helpers.measure.claims import Claim
from helpers.measure.experiment import Experiment

_FROM = re.compile(r"^FROM golang:1\.19-bullseye\b.*$", re.MULTILINE | re.IGNORECASE)
_NEWEST_GO = "COPY --from=golang /usr/local/go /usr/local/go"


def _pinned_go_differs(section: Subject) -> bool:
    return " go1.19" in go_version(section.experiment) and go_version(section.experiment) != go_version(section.before)


def _digest_has_the_same_base(section: Subject) -> bool:
    return _bottom_layer(section.variant("by-digest", pinned(section.experiment)).image()) == _bottom_layer(
        section.experiment.image()
    )


def _bottom_layer(image: Image) -> str:
    return image.layers[0].diff_id


def _runs_the_same_after_an_edit(section: Subject) -> bool:
    return executed(section.experiment.build("source-edit")) == executed(section.before.build("source-edit"))


def _detects_a_moved_tag(section: Subject, yours: Experiment) -> Outcome:
    """Whether it builds on the pinned image, and fails on the same image with the newest Go: the tag has moved."""
    wanted = "the build succeeds with Go 1.19 and fails with any other Go"
    yours.ready()
    moved = _FROM.sub(rf"\g<0>\n{_NEWEST_GO}", yours.dockerfile)
    if moved == yours.dockerfile:
        return Outcome(False, "the Dockerfile doesn't start from golang:1.19-bullseye", wanted)
    if _fails(yours.altered("moved-tag", moved)):
        return Outcome(True, "it builds with Go 1.19 and fails with the newest Go", wanted)
    return Outcome(False, "it builds with the newest Go too", wanted)


def _fails(experiment: Experiment) -> bool:
    try:
        experiment.ready()
    except BuildFailed:
        return True
    return False


def _minor_version(section: Subject) -> str:
    """The version of Go in the image of section 01, "1.22"."""
    found = re.search(r"go(\d+\.\d+)", go_version(section.before))
    if not found:
        raise LookupError("The image of section 01 doesn't report a version of Go.")
    return found[1]


CLAIMS: tuple[Claim[Subject], ...] = (
    Claim(
        "The floating tag and the pinned tag contain different versions of Go.",
        _pinned_go_differs,
        "https://docs.docker.com/build/building/best-practices/#pin-base-image-versions",
    ),
    Claim(
        "A build from the digest uses exactly the same base image as a build from the tag does today.",
        _digest_has_the_same_base,
        "https://docs.docker.com/reference/dockerfile/#from",
    ),
    Claim(
        "Pinning doesn't make builds faster: after a source edit, the same instructions run as in section 01.",
        _runs_the_same_after_an_edit,
        "https://docs.docker.com/build/cache/invalidation/",
    ),
)

EXERCISES = (
    Exercise(
        "detect-a-moved-tag",
        "The build succeeds with Go 1.19, and fails as soon as the tag contains another version of Go.",
        _detects_a_moved_tag,
        (
            "A RUN instruction ends the build if its command fails.",
            "go version prints the version, and grep fails if it doesn't find its pattern.",
            "Look for ' go1.19.' in the output of go version.",
        ),
        "grep exits with an error if go version prints another version, and so does the RUN "
        "instruction. The build stops before anything is compiled with the wrong Go.",
    ),
)

GUESSES = (
    Guess("newest", "Which version of Go does the tag golang contain?", _minor_version),
    Guess(
        "ran",
        "After a source edit, how many RUN and COPY instructions run in this section?",
        lambda s: len(executed(s.experiment.build("source-edit"))),
    ),
)

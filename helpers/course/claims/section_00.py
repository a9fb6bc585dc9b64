"""Section 00: the engine can do what the course asks of it, and its cache behaves as the course explains it."""

from helpers.course.claims.facts import executed
from helpers.course.exercise import Exercise
from helpers.course.subject import Subject
from helpers.experiment.claims import Claim
from helpers.experiment.experiment import Experiment

_OF_THE_BASE_IMAGES = {"/newest", "/pinned"}


def _trial(section: Subject) -> Experiment:
    return section.variant("trial")


def _gives_account(section: Subject) -> bool:
    build = _trial(section).build("cold")
    copies = [step for step in build.instructions if step.keyword == "COPY"]
    return build.trace_complete and bool(copies) and all(step.seconds is not None for step in copies)


def _holds_a_file_of_each_base_image(section: Subject) -> bool:
    return set(_trial(section).contents.paths) >= _OF_THE_BASE_IMAGES


def _only_the_edited_file_is_copied_again(section: Subject) -> bool:
    trial = _trial(section)
    again, edited = executed(trial.build("unchanged")), executed(trial.build("source-edit"))
    return not again and edited == ["COPY main.go /"]


CLAIMS: tuple[Claim[Subject], ...] = (
    Claim(
        "An engine with BuildKit answers, and accounts for each instruction of a build.",
        _gives_account,
        "https://docs.docker.com/build/buildkit/",
    ),
    Claim(
        "Both base images of the course are on it.",
        _holds_a_file_of_each_base_image,
        "https://hub.docker.com/_/golang",
    ),
    Claim(
        "Built again, nothing is carried out. After an edit, only the copy of the edited file is.",
        _only_the_edited_file_is_copied_again,
        "https://docs.docker.com/build/cache/invalidation/",
    ),
)

EXERCISE = Exercise(
    "After an edit of main.go, all three files are copied again.",
    lambda section, yours: len(executed(yours.build("source-edit"))) == 3,
)

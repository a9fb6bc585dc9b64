"""Section 00: the engine can do what the course needs, and its cache works as the course explains."""

from helpers.course.claims.shared_proofs import executed
from helpers.course.exercise import Exercise, Outcome
from helpers.course.guesses import Guess
from helpers.course.subject import Subject
from helpers.measure.claims import Claim
from helpers.measure.experiment import Experiment

_FILES_OF_BASE_IMAGES = {"/newest", "/pinned"}


def _trial(section: Subject) -> Experiment:
    return section.variant("trial")


def _reports_each_instruction(section: Subject) -> bool:
    build = _trial(section).build("cold")
    copies = [step for step in build.instructions if step.keyword == "COPY"]
    return build.trace_complete and bool(copies) and all(step.seconds is not None for step in copies)


def _contains_a_file_of_each_base_image(section: Subject) -> bool:
    return set(_trial(section).contents().paths) >= _FILES_OF_BASE_IMAGES


def _copies_only_the_edited_file_again(section: Subject) -> bool:
    trial = _trial(section)
    unchanged, edited = executed(trial.build("unchanged")), executed(trial.build("source-edit"))
    return not unchanged and edited == ["COPY main.go /"]


def _times_smaller(section: Subject) -> float:
    first, last = section.other("01-naive"), section.other("11-finish-the-job")
    return first.image().bytes / last.image().bytes


def _all_run_after_an_edit(section: Subject, yours: Experiment) -> Outcome:
    edited = yours.build("source-edit")
    copies = [step for step in edited.instructions if step.keyword == "COPY"]
    ran = [step for step in copies if step.cached is False]
    observed = f"after an edit, {len(ran)} of {len(copies)} COPY instructions ran"
    return Outcome(len(ran) == len(copies) == 3, observed, "3 of 3")


CLAIMS: tuple[Claim[Subject], ...] = (
    Claim(
        "A Docker Engine with BuildKit answers, and it reports what each instruction of a build did.",
        _reports_each_instruction,
        "https://docs.docker.com/build/buildkit/",
    ),
    Claim(
        "Both base images of the course are on this engine.",
        _contains_a_file_of_each_base_image,
        "https://hub.docker.com/_/golang",
    ),
    Claim(
        "If nothing has changed, no instruction runs again. After an edit, only the COPY of the edited file runs.",
        _copies_only_the_edited_file_again,
        "https://docs.docker.com/build/cache/invalidation/",
    ),
)

EXERCISES = (
    Exercise(
        "all-copies-run",
        "After an edit of main.go, all three COPY instructions run again.",
        _all_run_after_an_edit,
        (
            "An instruction runs again if the one above it ran.",
            "Which of the three instructions notices your edit? What has to be above what?",
        ),
        "The edit changes main.go, so COPY main.go runs. As the first instruction, it invalidates everything below it.",
    ),
)

GUESSES = (
    Guess("times", "How many times does the last image fit into the first?", _times_smaller),
    Guess(
        "copies",
        "How many of the three COPY instructions run after an edit of main.go?",
        lambda s: len(executed(_trial(s).build("source-edit"))),
    ),
)

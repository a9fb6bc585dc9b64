"""Section 12: claims that make sense for any project's Dockerfile."""

from helpers.core.errors import WorkbookError
from helpers.core.records import Scenario
from helpers.course.claims.shared_proofs import executed, process
from helpers.course.exercise import Exercise, Outcome
from helpers.course.guesses import Guess
from helpers.course.subject import Subject
from helpers.measure.claims import Claim, DoesNotApply, prove
from helpers.measure.experiment import Experiment

_TIMEOUT = 5.0  # seconds: half the time that `docker stop` waits before it kills the container


_BY_THE_SIGNAL = 143  # 128 + 15: what a JVM exits with on SIGTERM


def _keeps_a_cached_run_after_an_edit(section: Subject) -> bool:
    if not section.experiment.project.editable.allows(Scenario.SOURCE_EDIT):
        raise DoesNotApply("the workbook found no source file to edit. Name one: open_folder(…, source='…').")
    steps = [step for step in section.experiment.build("source-edit").instructions if step.keyword == "RUN"]
    if not steps:
        raise DoesNotApply("the Dockerfile has no RUN instruction.")
    ran = sum(not step.cached for step in steps)
    return _found(any(step.cached for step in steps), f"{ran} of {len(steps)} RUN instructions ran again.")


def _answers(section: Subject) -> bool:
    status = section.experiment.run().health.status
    return _found(status == 200, f"It answered with {status}.")


def _is_not_root(section: Subject) -> bool:
    uid = process(section.experiment).uid
    return _found(uid != 0, f"The server runs as user {uid}.")


def _exits_on_sigterm(section: Subject) -> bool:
    shutdown = section.experiment.run().shutdown
    if shutdown is None:
        raise LookupError("This run did not stop the server.")
    passed = shutdown.seconds < _TIMEOUT and shutdown.exit_code in (0, _BY_THE_SIGNAL)
    return _found(passed, f"It ended with code {shutdown.exit_code} after {shutdown.seconds:.1f} s.")


def _found(passed: bool, instead: str) -> bool:
    """True if it passed; otherwise raises what was found instead, which the check then shows."""
    if not passed:
        raise WorkbookError(instead)
    return True


def _answers_all_questions(section: Subject, yours: Experiment) -> Outcome:
    checks = [prove(claim, Subject(section.files, yours)) for claim in CLAIMS]
    lines = "\n".join(f"{check.mark} {check.claim} {check.detail}".rstrip() for check in checks)
    return Outcome(not any(check.failed for check in checks), f"\n{lines}", "four times ✓")


CLAIMS: tuple[Claim[Subject], ...] = (
    Claim(
        "The server answers with 200.",
        _answers,
        "https://docs.docker.com/reference/dockerfile/#cmd",
    ),
    Claim(
        "After an edit of one source file, not every RUN instruction runs again.",
        _keeps_a_cached_run_after_an_edit,
        "https://docs.docker.com/build/cache/optimize/#order-your-layers",
    ),
    Claim(
        "The server doesn't run as root.",
        _is_not_root,
        "https://docs.docker.com/build/building/best-practices/#user",
    ),
    Claim(
        "On SIGTERM, the server exits within five seconds, with code 0 or 143.",
        _exits_on_sigterm,
        "https://docs.docker.com/reference/cli/docker/container/stop/",
    ),
)

EXERCISES = (
    Exercise(
        "three-fixes",
        "The server answers, an edit leaves a RUN instruction cached, and the server exits on SIGTERM and isn't root.",
        _answers_all_questions,
        (
            "Each ✗ has a section of its own: 04 for the cache, 07 for the user, 03 for SIGTERM.",
            "Copy go.mod and download the modules before you copy the source. Set USER after the last RUN.",
            "In the last line, the shell is process 1. Use the exec form, so that the program gets the signal.",
        ),
        "The download needs only go.mod, so it's cached after an edit. A numeric USER needs no /etc/passwd. "
        "In the exec form, the program is process 1 and handles SIGTERM itself.",
    ),
)

GUESSES = (
    Guess(
        "again",
        "After an edit of one source file, how many RUN instructions will run again?",
        lambda s: len([text for text in executed(s.experiment.build("source-edit")) if text.startswith("RUN")]),
    ),
    Guess(
        "size",
        "How large is your image, in MB?",
        lambda s: round(s.experiment.image().bytes / 1_000_000, 1),
        "MB",
    ),
)

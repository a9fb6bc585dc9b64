"""Section 12: claims that make sense for any project's Dockerfile."""

from helpers.course.claims.shared_proofs import process
from helpers.course.guesses import Guess
from helpers.course.subject import Subject
from helpers.measure.claims import Claim

_TIMEOUT = 5.0  # seconds: half the time that `docker stop` waits before it kills the container


def _keeps_a_cached_run_after_an_edit(section: Subject) -> bool:
    steps = section.experiment.build("source-edit").instructions
    return any(step.cached for step in steps if step.keyword == "RUN")


def _exits_on_sigterm(section: Subject) -> bool:
    shutdown = section.experiment.run().shutdown
    return shutdown is not None and shutdown.seconds < _TIMEOUT and shutdown.exit_code == 0


CLAIMS: tuple[Claim[Subject], ...] = (
    Claim(
        "The server answers with 200.",
        lambda s: s.experiment.run().health.status == 200,
        "https://docs.docker.com/reference/dockerfile/#cmd",
    ),
    Claim(
        "After an edit of one source file, not every RUN instruction runs again.",
        _keeps_a_cached_run_after_an_edit,
        "https://docs.docker.com/build/cache/optimize/#order-your-layers",
    ),
    Claim(
        "The server doesn't run as root.",
        lambda s: process(s.experiment).uid != 0,
        "https://docs.docker.com/build/building/best-practices/#user",
    ),
    Claim(
        "On SIGTERM, the server exits by itself within five seconds, with code 0.",
        _exits_on_sigterm,
        "https://docs.docker.com/reference/cli/docker/container/stop/",
    ),
)

EXERCISES = ()

GUESSES = (
    Guess(
        "size",
        "How large is your image, in MB?",
        lambda s: round(s.experiment.image().bytes / 1_000_000, 1),
        "MB",
    ),
)

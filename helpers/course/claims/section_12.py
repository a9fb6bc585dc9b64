"""Section 12: what may be asked of any project's Dockerfile."""

from helpers.course.claims.facts import process
from helpers.course.subject import Subject
from helpers.experiment.claims import Claim

_PATIENCE = 5.0  # seconds: half of what `docker stop` waits before it kills


def _keeps_something_after_an_edit(section: Subject) -> bool:
    steps = section.build("source-edit").instructions
    return any(step.cached for step in steps if step.keyword == "RUN")


def _ends_when_told(section: Subject) -> bool:
    shutdown = section.run().shutdown
    return shutdown is not None and shutdown.seconds < _PATIENCE and shutdown.exit_code == 0


CLAIMS: tuple[Claim[Subject], ...] = (
    Claim(
        "The image answers with 200.",
        lambda s: s.run().health.status == 200,
        "https://docs.docker.com/reference/dockerfile/#cmd",
    ),
    Claim(
        "After an edit of one source file, not every RUN is carried out again.",
        _keeps_something_after_an_edit,
        "https://docs.docker.com/build/cache/optimize/#order-your-layers",
    ),
    Claim(
        "The server does not run as root.",
        lambda s: process(s).uid != 0,
        "https://docs.docker.com/build/building/best-practices/#user",
    ),
    Claim(
        "On SIGTERM the server ends by itself, with exit code 0, within five seconds.",
        _ends_when_told,
        "https://docs.docker.com/reference/cli/docker/container/stop/",
    ),
)

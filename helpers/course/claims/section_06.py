"""Section 06: the program's settings are part of the image, if they are set in the final stage."""

import re

from helpers.core.errors import ContainerExited, NeverHealthy
from helpers.course.exercise import Exercise, Outcome
from helpers.course.guesses import Guess
from helpers.course.subject import Subject
from helpers.measure.claims import Claim
from helpers.measure.experiment import Experiment
from helpers.measure.run_options import RunOptions

_BANNER = "[GIN-debug]"  # the prefix of each line of Gin's debug output
_TIMEOUT = 5.0  # seconds: a server that listens on this port answers in a fraction of a second
_PROXIES = "You trusted all proxies"
_MISSPELT = {"GIN_MODE": "relase"}
_EXITED = re.compile(r"exited with status (\d+)")


def _banner_is_gone(section: Subject) -> bool:
    return _BANNER in section.before.run().log and _BANNER not in section.experiment.run().log


def _warning_is_gone_too(section: Subject) -> bool:
    return _PROXIES in section.before.run().log and _PROXIES not in section.experiment.run().log


def _exits_with_unknown_mode(section: Subject) -> bool:
    return _MISSPELT["GIN_MODE"] in _failed_start(section)


def _failed_start(section: Subject) -> str:
    """The message about the container that exits because of a misspelt mode; "" if it answers."""
    try:
        section.experiment.run(RunOptions(environment=_MISSPELT))
    except ContainerExited as exited:
        return str(exited)
    return ""


def _exit_code(section: Subject) -> str:
    """The code as text: it has no size, so no guess is "2× too high". Raises LookupError if there is no exit."""
    if found := _EXITED.search(_failed_start(section)):
        return found[1]
    raise LookupError("The container didn't exit.")


def _is_lost_in_the_build_stage(section: Subject) -> bool:
    early = section.variant("env-in-build-stage")
    return "GIN_MODE" not in early.image().environment and _BANNER in early.run().log


def _quiet_on_another_port(section: Subject, yours: Experiment) -> Outcome:
    try:
        run = yours.run(RunOptions(port=9090, timeout=_TIMEOUT))
    except NeverHealthy:
        status, log = "no answer", yours.run().log
    else:
        status, log = str(run.health.status), run.log
    observed = f"port 9090: {status}; {log.count(_BANNER)} debug lines in the log"
    return Outcome(status == "200" and _BANNER not in log, observed, "port 9090: 200; 0 debug lines in the log")


CLAIMS: tuple[Claim[Subject], ...] = (
    Claim(
        "The log no longer has the debug lines that section 05 wrote at every start.",
        _banner_is_gone,
        "https://pkg.go.dev/github.com/gin-gonic/gin#SetMode",
    ),
    Claim(
        "A warning that is still true is gone too: Gin trusts all proxies.",
        _warning_is_gone_too,
        "https://pkg.go.dev/github.com/gin-gonic/gin#Engine.SetTrustedProxies",
    ),
    Claim(
        "The image itself says which port the server listens on.",
        lambda s: s.experiment.image().environment.get("PORT") == "8080",
        "https://docs.docker.com/reference/dockerfile/#env",
    ),
    Claim(
        "ENV adds no byte to the image.",
        lambda s: s.experiment.image().bytes == s.before.image().bytes,
        "https://docs.docker.com/reference/dockerfile/#env",
    ),
    Claim(
        "With a mode that Gin doesn't know, the container exits before it answers, and the log names the mode.",
        _exits_with_unknown_mode,
        "https://pkg.go.dev/github.com/gin-gonic/gin#SetMode",
    ),
    Claim(
        "In the build stage, the same line doesn't affect the image: no variable is set, and the debug lines are back.",
        _is_lost_in_the_build_stage,
        "https://docs.docker.com/build/building/multi-stage/",
    ),
)

GUESSES: tuple[Guess, ...] = (
    Guess(
        "debug-lines",
        "How many [GIN-debug] lines does the server of section 05 write when it starts?",
        lambda s: s.before.run().log.count(_BANNER),
        "lines",
    ),
    Guess("exit-code", "GIN_MODE is misspelled. With which code does the container exit?", _exit_code),
)

EXERCISES: tuple[Exercise, ...] = (
    Exercise(
        "another-port",
        "The server listens on port 9090 without any option at its start, and its log still has no debug lines.",
        _quiet_on_another_port,
        (
            "The API reads its port from an environment variable.",
            "EXPOSE doesn't change the port that a program listens on. The variable does.",
            "Only the final stage's variables are in the image: change the line after the last FROM.",
        ),
        "The program reads PORT when it starts, so the image needs no option and no new binary.",
    ),
)

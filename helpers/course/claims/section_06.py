"""Section 06: the program's settings are part of the image, if they are set in the final stage."""

from helpers.core.errors import ContainerExited
from helpers.course.exercise import Exercise, Outcome
from helpers.course.guesses import Guess
from helpers.course.subject import Subject
from helpers.measure.claims import Claim
from helpers.measure.experiment import Experiment
from helpers.measure.run_options import RunOptions

_BANNER = "[GIN-debug]"  # the prefix of each line of Gin's debug output
_TIMEOUT = 5.0  # seconds: a server that listens on this port answers in a fraction of a second
_PROXIES = "You trusted all proxies"


def _banner_is_gone(section: Subject) -> bool:
    return _BANNER in section.before.run().log and _BANNER not in section.experiment.run().log


def _warning_is_gone_too(section: Subject) -> bool:
    return _PROXIES in section.before.run().log and _PROXIES not in section.experiment.run().log


def _exits_with_unknown_mode(section: Subject) -> bool:
    try:
        section.experiment.run(RunOptions(environment={"GIN_MODE": "relase"}))
    except ContainerExited as exited:
        return "relase" in str(exited)
    return False


def _is_lost_in_the_build_stage(section: Subject) -> bool:
    early = section.variant("env-in-build-stage")
    return "GIN_MODE" not in early.image().environment and _BANNER in early.run().log


def _quiet_on_another_port(section: Subject, yours: Experiment) -> Outcome:
    run = yours.run(RunOptions(port=9090, timeout=_TIMEOUT))
    lines = run.log.count(_BANNER)
    observed = f"port 9090 answered with {run.health.status}, and the log has {lines} debug lines"
    return Outcome(run.health.status == 200 and not lines, observed, "200, and no debug lines")


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

EXERCISES = (
    Exercise(
        "another-port",
        "The server listens on port 9090 without any option at its start, and its log still has no debug lines.",
        _quiet_on_another_port,
        (
            "main.go reads the port from a variable.",
            "The variable is PORT, and the image sets it with ENV.",
        ),
        "ENV PORT=9090 is the default of every container. Nothing has to be said at the start.",
    ),
)

GUESSES = (
    Guess(
        "debug-lines",
        "How many debug lines does the server of section 05 print when it starts?",
        lambda s: s.before.run().log.count(_BANNER),
    ),
)

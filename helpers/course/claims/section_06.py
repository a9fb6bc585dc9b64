"""Section 06: how the program behaves is written into the image, and in the stage that becomes the image."""

from helpers.course.exercise import Exercise
from helpers.course.subject import Subject
from helpers.experiment.claims import Claim
from helpers.experiment.experiment import Experiment
from helpers.records.errors import ContainerExited

_BANNER = "[GIN-debug]"  # how every line of Gin's debug output begins
_PATIENCE = 5.0  # seconds: a server that listens there at all is there in a fraction of one
_PROXIES = "You trusted all proxies"


def _banner_is_gone(section: Subject) -> bool:
    return _BANNER in section.before.run().log and _BANNER not in section.run().log


def _warning_is_gone_too(section: Subject) -> bool:
    return _PROXIES in section.before.run().log and _PROXIES not in section.run().log


def _unknown_mode_ends_it(section: Subject) -> bool:
    try:
        section.run(environment={"GIN_MODE": "relase"})
    except ContainerExited as exited:
        return "relase" in str(exited)
    return False


def _build_stage_keeps_its_own(section: Subject) -> bool:
    early = section.variant("env-in-build-stage")
    return "GIN_MODE" not in early.image.environment and _BANNER in early.run().log


def _quiet_on_another_port(section: Subject, yours: Experiment) -> bool:
    run = yours.run(port=9090, timeout=_PATIENCE)
    return run.health.status == 200 and _BANNER not in run.log


CLAIMS: tuple[Claim[Subject], ...] = (
    Claim(
        "The debug lines that section 05 wrote at every start are gone from the log.",
        _banner_is_gone,
        "https://pkg.go.dev/github.com/gin-gonic/gin#SetMode",
    ),
    Claim(
        "A warning that is still true went with them: that all proxies are trusted.",
        _warning_is_gone_too,
        "https://pkg.go.dev/github.com/gin-gonic/gin#Engine.SetTrustedProxies",
    ),
    Claim(
        "The image itself says which port the server listens on.",
        lambda s: s.image.environment.get("PORT") == "8080",
        "https://docs.docker.com/reference/dockerfile/#env",
    ),
    Claim(
        "A mode that Gin does not know ends the container before it answers, and the log names the mode.",
        _unknown_mode_ends_it,
        "https://pkg.go.dev/github.com/gin-gonic/gin#SetMode",
    ),
    Claim(
        "In the build stage the same line does nothing for the image: no variable in it, and the debug lines are back.",
        _build_stage_keeps_its_own,
        "https://docs.docker.com/build/building/multi-stage/",
    ),
)

EXERCISE = Exercise(
    "The server listens on port 9090 without being told at its start, and its log is still quiet.",
    _quiet_on_another_port,
)

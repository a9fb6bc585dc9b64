"""Section 13: where a broken image fails, and that each case of the error clinic can be repaired."""

from collections.abc import Callable, Mapping

from helpers.core.errors import WorkbookError
from helpers.course import clinic
from helpers.course.clinic import Phase, Result
from helpers.course.guesses import Guess
from helpers.course.subject import Subject
from helpers.engine.http_client import publishing_address
from helpers.measure.claims import Claim, DoesNotApply

_SOLUTION = ".solution"
_EARLY = (Phase.BUILD, Phase.START)


def _result(section: Subject, name: str) -> Result:
    """The result of a case or, for "<case>.solution", of its solution. A variant with that name replaces it."""
    case = name.removesuffix(_SOLUTION)
    if name in section.variants:
        return clinic.observe(clinic.case_named(case), section.variants[name])
    return clinic.examined(section.experiment.client, case, name.endswith(_SOLUTION))


def _fail(phase: Phase) -> Callable[[Subject], bool]:
    """The proof that each case of the phase fails in it, with its message."""
    chosen = [case for case in clinic.cases() if Phase[case.phase] == phase]

    def proof(section: Subject) -> bool:
        if phase == Phase.ANSWER and publishing_address(section.experiment.client) is None:
            raise DoesNotApply("no port is published for a remote engine: requests are sent inside the container.")
        found = [(case, _result(section, case.name)) for case in chosen]
        return _expect_all({c.name: r for c, r in found if r.phase != phase or c.says not in r.message})

    return proof


def _expect_all(unexpected: Mapping[str, Result]) -> bool:
    """True if there is no unexpected result. Raises WorkbookError, which lists them by case."""
    if unexpected:
        raise WorkbookError("\n".join(f"{name}: {it.phase}: {it.message}" for name, it in unexpected.items()))
    return True


def _all_are_repaired(section: Subject) -> bool:
    found = {case.name: _result(section, f"{case.name}{_SOLUTION}") for case in clinic.cases()}
    return _expect_all({name: result for name, result in found.items() if not result.runs})


def _early(section: Subject) -> int:
    return sum(_result(section, case.name).phase in _EARLY for case in clinic.cases())


CLAIMS: tuple[Claim[Subject], ...] = (
    Claim(
        "An excluded file and a wrong checksum make the build fail, so there is no image to run.",
        _fail(Phase.BUILD),
        "https://docs.docker.com/build/concepts/context/#dockerignore-files",
    ),
    Claim(
        "An unknown user and a missing shell are noticed when the container is started.",
        _fail(Phase.START),
        "https://docs.docker.com/reference/dockerfile/#shell-and-exec-form",
    ),
    Claim(
        "A missing loader, a bad link, an unknown authority and an unknown mode end the server after it was started.",
        _fail(Phase.EXIT),
        "https://docs.docker.com/engine/containers/run/#exit-status",
    ),
    Claim(
        "A server that listens on loopback, or has no published port, runs and doesn't answer this machine.",
        _fail(Phase.ANSWER),
        "https://docs.docker.com/engine/network/port-publishing/",
    ),
    Claim(
        "A shell that is process 1 and waits for the server doesn't react to SIGTERM: Docker kills it, code 137.",
        _fail(Phase.STOP),
        "https://docs.docker.com/reference/cli/docker/container/stop/",
    ),
    Claim(
        "With its solution, each case answers with 200 and exits on SIGTERM with code 0.",
        _all_are_repaired,
        "https://docs.docker.com/reference/dockerfile/#cmd",
    ),
)

EXERCISES = ()  # each case of the clinic is one, with its own check

GUESSES = (
    Guess("early", "How many of the eleven cases fail before the container has started?", _early),
    Guess(
        "status",
        "With which exit code does a container end if Docker has to kill it?",
        lambda section: str(_result(section, "ignored-signal").status or 0),  # a code has no size
    ),
)

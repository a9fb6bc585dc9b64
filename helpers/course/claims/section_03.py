"""Section 03: the work moves from every start into one build, and the server hears SIGTERM."""

from helpers.course.exercise import Exercise
from helpers.course.subject import Subject
from helpers.experiment.claims import Claim
from helpers.experiment.experiment import Experiment
from helpers.records import Run


def _answers_ten_times_sooner(section: Subject) -> bool:
    before, now = section.before.run().health, section.run().health
    return before.seconds_to_healthy > 10 * now.seconds_to_healthy


def _compiles_in_the_build(section: Subject) -> bool:
    steps = [step for step in section.build("source-edit").instructions if step.seconds is not None]
    return "go build" in max(steps, key=lambda step: step.seconds or 0).text


def _only_the_binary_finishes(section: Subject) -> bool:
    return not _ended_well(section.before.run()) and _ended_well(section.run())


def _ended_well(run: Run) -> bool:
    return run.shutdown is not None and run.shutdown.request_finished is True and run.shutdown.exit_code == 0


def _script_passes_the_signal_on(section: Subject, yours: Experiment) -> bool:
    run = yours.run()
    return "starting" in run.log and _ended_well(run)


CLAIMS: tuple[Claim[Subject], ...] = (
    Claim(
        "The first answer comes at least ten times sooner than in the section before.",
        _answers_ten_times_sooner,
        "https://pkg.go.dev/cmd/go#hdr-Compile_packages_and_dependencies",
    ),
    Claim(
        "The work has moved: compiling is now the longest instruction of a build.",
        _compiles_in_the_build,
        "https://docs.docker.com/build/cache/",
    ),
    Claim(
        "The image is larger than before, not smaller.",
        lambda s: s.image.bytes > s.before.image.bytes,
        "https://docs.docker.com/build/building/best-practices/#create-ephemeral-containers",
    ),
    Claim(
        "On SIGTERM go run drops the request in flight; the binary finishes it and exits 0.",
        _only_the_binary_finishes,
        "https://docs.docker.com/reference/cli/docker/container/stop/",
    ),
)

EXERCISE = Exercise(
    "The container first prints a line with the word starting, and on SIGTERM still finishes its request and exits 0.",
    _script_passes_the_signal_on,
)

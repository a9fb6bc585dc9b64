"""Section 03: the work moves from every start into one build, and the server receives SIGTERM."""

from helpers.core.records import Run
from helpers.core.units import in_megabytes
from helpers.course.exercise import Exercise, Outcome
from helpers.course.guesses import Guess
from helpers.course.subject import Subject
from helpers.measure.claims import Claim
from helpers.measure.experiment import Experiment


def _answers_ten_times_sooner(section: Subject) -> bool:
    before, now = section.before.run().health, section.experiment.run().health
    return before.seconds_to_healthy > 10 * now.seconds_to_healthy


def _compiling_takes_longest(section: Subject) -> bool:
    steps = [step for step in section.experiment.build("source-edit").instructions if step.seconds is not None]
    return "go build" in max(steps, key=lambda step: step.seconds or 0).text


def _only_the_binary_finishes_the_request(section: Subject) -> bool:
    return not _exited_cleanly(section.before.run()) and _exited_cleanly(section.experiment.run())


def _exit_code(run: Run) -> int:
    if run.shutdown is None:
        raise LookupError("This run did not measure how the container ends.")
    return run.shutdown.exit_code


def _exited_cleanly(run: Run) -> bool:
    return run.shutdown is not None and run.shutdown.request_finished is True and run.shutdown.exit_code == 0


_KILLED = " (killed, because process 1 ignored the signal)"


def _script_forwards_the_signal(section: Subject, yours: Experiment) -> Outcome:
    run = yours.run()
    printed = "starting" in run.log
    code = run.shutdown.exit_code if run.shutdown else None
    observed = f"the container printed {'the line' if printed else 'no line with the word starting'}"
    ended = f"{observed}, and after SIGTERM it ended with exit code {code}{_KILLED if code == 137 else ''}"
    return Outcome(printed and _exited_cleanly(run), ended, "the line, a finished request and exit code 0")


CLAIMS: tuple[Claim[Subject], ...] = (
    Claim(
        "The first answer arrives at least ten times sooner than in section 02.",
        _answers_ten_times_sooner,
        "https://pkg.go.dev/cmd/go#hdr-Compile_packages_and_dependencies",
    ),
    Claim(
        "The work has moved: compiling is now the longest instruction of the build.",
        _compiling_takes_longest,
        "https://docs.docker.com/build/cache/",
    ),
    Claim(
        "The image is larger than in section 02, not smaller.",
        lambda s: s.experiment.image().bytes > s.before.image().bytes,
        "https://docs.docker.com/build/building/best-practices/#create-ephemeral-containers",
    ),
    Claim(
        "On SIGTERM, go run drops the request in flight. The binary finishes it and exits with code 0.",
        _only_the_binary_finishes_the_request,
        "https://docs.docker.com/reference/cli/docker/container/stop/",
    ),
)

EXERCISES = (
    Exercise(
        "forward-the-signal",
        "The container first prints a line with the word starting. On SIGTERM, it still finishes "
        "its request and exits with code 0.",
        _script_forwards_the_signal,
        (
            "The shell is process 1, so it gets the signal. It doesn't pass it on.",
            "The shell can be replaced by the server instead of waiting for it.",
            "The shell's built-in command exec does that.",
        ),
        "exec replaces the shell with the server. The server becomes process 1 and receives SIGTERM itself.",
    ),
)

GUESSES = (
    Guess(
        "gained",
        "How many MB does the image gain compared with section 02? If it loses any, use a minus sign.",
        lambda s: in_megabytes(s.experiment.image().bytes - s.before.image().bytes),
        "MB",
    ),
    Guess(
        "exit-code",
        "With which exit code does the container of section 02 end after SIGTERM?",
        lambda s: str(_exit_code(s.before.run())),  # a code has no size: no "4× too high"
    ),
)

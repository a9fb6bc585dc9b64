"""Section 01: it works, its image is nearly a gigabyte, and it compiles at every start."""

from helpers.course.claims.shared_proofs import packages_to_compile
from helpers.course.exercise import Exercise, Outcome
from helpers.course.guesses import Guess
from helpers.course.subject import Subject
from helpers.measure.claims import Claim
from helpers.measure.experiment import Experiment


def _nothing_left_to_compile(section: Subject, yours: Experiment) -> Outcome:
    left = packages_to_compile(yours)  # the API's own main package may be
    return Outcome(left <= 1, f"packages compiled at the start: {left}", "at most 1, the API's own")


CLAIMS: tuple[Claim[Subject], ...] = (
    Claim(
        "The API starts in its container and answers /health with 200.",
        lambda s: s.experiment.run().health.status == 200,
        "https://docs.docker.com/guides/golang/build-images/",
    ),
    Claim(
        "The image is larger than 800 MB.",
        lambda s: s.experiment.image().bytes > 800_000_000,
        "https://docs.docker.com/build/building/best-practices/#choose-the-right-base-image",
    ),
    Claim(
        "Nothing in the image is compiled yet, so every start compiles dozens of packages first.",
        lambda s: packages_to_compile(s.experiment) > 50,
        "https://pkg.go.dev/cmd/go#hdr-Compile_and_run_Go_program",
    ),
    Claim(
        "That's why the first answer takes more than a second, although the API itself starts in an instant.",
        lambda s: s.experiment.run().health.seconds_to_healthy > 1,
        "https://pkg.go.dev/cmd/go#hdr-Build_and_test_caching",
    ),
)

EXERCISES = (
    Exercise(
        "compiled-in-advance",
        "When the container starts, none of the packages that the API depends on still has to be compiled.",
        _nothing_left_to_compile,
        (
            "Go keeps compiled packages in a cache. What would fill that cache while the image is built?",
            "A RUN instruction can run go build.",
            "You don't need the binary: go build -o /dev/null ./main.go only fills the cache.",
        ),
        "go build compiles every package and leaves the results in Go's build cache, which is now "
        "part of the image. go run finds them there. The image is larger, and the compiler is still "
        "in it.",
    ),
)

GUESSES = (
    Guess("size", "How large is the image, in MB?", lambda s: s.experiment.image().bytes / 1_000_000, "MB"),
    Guess(
        "packages",
        "How many packages are compiled each time the container starts?",
        lambda s: packages_to_compile(s.experiment),
    ),
)

"""Section 01: it works, its image is nearly a gigabyte, and it compiles at every start."""

from helpers.course.claims.shared_proofs import packages_to_compile
from helpers.course.exercise import Exercise
from helpers.course.subject import Subject
from helpers.measure.claims import Claim

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

EXERCISE = Exercise(
    "When the container starts, none of the packages that the API depends on still has to be compiled.",
    lambda section, yours: packages_to_compile(yours) <= 1,  # the API's own main package may be
)

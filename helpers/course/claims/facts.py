"""Facts that the claims of several sections ask for, each read from the engine."""

from helpers.experiment.experiment import Experiment
from helpers.records import Build, Run

SLOW = "/slow?seconds=2"  # a request that is still in flight when SIGTERM arrives


def packages_to_compile(experiment: Experiment) -> int:
    """How many packages Go would have to compile before the server in this image could start."""
    plan = experiment.output("go", "build", "-n", "./main.go")
    return plan.count("/compile -o")


def go_version(experiment: Experiment) -> str:
    """What the image's own Go says it is, "go version go1.19.13 linux/amd64"."""
    return experiment.output("go", "version").strip()


def stopped(experiment: Experiment) -> Run:
    """One run that is asked to end while it still answers a request."""
    return experiment.run(shutdown=True, slow_path=SLOW)


def carried_out(build: Build) -> list[str]:
    """The instructions that this build carried out and did not take from the cache."""
    return [step.text for step in build.instructions if step.cached is False and step.keyword in ("RUN", "COPY")]

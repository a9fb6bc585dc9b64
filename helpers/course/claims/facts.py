"""Facts that the claims of several sections ask for, each read from the engine."""

from helpers.experiment.experiment import Experiment
from helpers.records import Build, Process


def packages_to_compile(experiment: Experiment) -> int:
    """How many packages Go would have to compile before the server in this image could start."""
    return int(experiment.output("sh", "-c", "go build -n ./main.go 2>&1 | grep '/compile -o' | wc -l"))


def go_version(experiment: Experiment) -> str:
    """What the image's own Go says it is, "go version go1.19.13 linux/amd64"."""
    return experiment.output("go", "version").strip()


def executed(build: Build) -> list[str]:
    """The instructions that this build carried out and did not take from the cache."""
    return [step.text for step in build.instructions if step.cached is False and step.keyword in ("RUN", "COPY")]


def process(experiment: Experiment) -> Process:
    """The server's process as the host sees it.

    Raises LookupError where nobody looked.
    """
    seen = experiment.run().process
    if seen is None:
        raise LookupError("this run was not looked at from outside")
    return seen

"""Facts that the claims of several sections use, each read from the engine."""

from helpers.core.records import Build, Process
from helpers.measure.experiment import Experiment


def packages_to_compile(experiment: Experiment) -> int:
    """The number of packages that Go has to compile before the server in this image can start."""
    return int(experiment.output_once("sh", "-c", "go build -n ./main.go 2>&1 | grep '/compile -o' | wc -l"))


def go_version(experiment: Experiment) -> str:
    """The version that the image's own Go reports, for example "go version go1.19.13 linux/amd64"."""
    return experiment.output_once("go", "version").strip()


def executed(build: Build) -> list[str]:
    """The RUN and COPY instructions that this build ran instead of taking them from the cache."""
    return [step.text for step in build.instructions if step.cached is False and step.keyword in ("RUN", "COPY")]


def process(experiment: Experiment) -> Process:
    """The server's process as the host sees it.

    Raises LookupError if the run did not inspect the process.
    """
    observed = experiment.run().process
    if observed is None:
        raise LookupError("This run did not inspect the server's process from the host.")
    return observed

"""The memory that one piece of our work takes, measured in a process that does nothing else."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import docker
from buildkit_session import Context

from benchmarks.workplace import command
from helpers.engine import contents
from helpers.engine.request import Request
from helpers.experiment import cache_journal
from helpers.records import Scenario
from helpers.show.units import in_megabytes

IS_TOLD = sys.platform != "win32"
UNTOLD = "this system does not say what a process took at most"
_SECONDS = 120  # for one answer of the engine


def of_build(context: Path, dockerfile: Path, image: str) -> float:
    """Peak memory, in MB, of a process that builds once."""
    return _of("build", str(context), str(dockerfile), image)


def of_scan(image: str) -> float:
    """Peak memory, in MB, of a process that looks into an image once, with nothing known before."""
    return _of("look", image)


def _of(*words: str) -> float:
    return in_megabytes(json.loads(command([sys.executable, "-m", "benchmarks.memory", *words])))


def peak_bytes() -> int:
    """The most memory that this process held at any time, without what its parent held before it."""
    try:
        status = Path("/proc/self/status").read_text(encoding="utf-8")
    except FileNotFoundError:  # macOS
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM:"))


def main(words: Sequence[str]) -> None:
    """Does the one piece of work, and prints what it took."""
    client = docker.from_env(timeout=_SECONDS)
    if words[0] == "build":
        _build(client, Path(words[1]), Path(words[2]), words[3])
    else:
        contents.scan(client, words[1], {})
    print(peak_bytes())


def _build(client: docker.DockerClient, context: Path, dockerfile: Path, image: str) -> None:
    text = dockerfile.read_text(encoding="utf-8")
    request = Request(Context(context), text, tag=image)
    cache_journal.build(client, request, scenario=Scenario.COLD)


if __name__ == "__main__":
    main(sys.argv[1:])

"""Peak memory of one build or scan, measured in a process that does nothing else."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import docker
from buildkit_session import Context

from benchmarks.workplace import command
from helpers.core.records import Scenario
from helpers.core.units import in_megabytes
from helpers.engine import image_scan
from helpers.engine.request import Request
from helpers.measure import cache_journal

PEAK_AVAILABLE = sys.platform != "win32"
UNAVAILABLE = "this system does not report the peak memory of a process"
_SECONDS = 120  # timeout of one API request


def of_build(context: Path, dockerfile: Path, image: str) -> float:
    """Peak memory, in MB, of a process that builds once."""
    return _of("build", str(context), str(dockerfile), image)


def of_scan(image: str) -> float:
    """Peak memory, in MB, of a process that scans an image once with an empty cache."""
    return _of("scan", image)


def _of(*words: str) -> float:
    return in_megabytes(json.loads(command([sys.executable, "-m", "benchmarks.memory", *words])))


def peak_bytes() -> int:
    """Peak memory of this process in bytes, not counting its parent's."""
    try:
        status = Path("/proc/self/status").read_text(encoding="utf-8")
    except FileNotFoundError:  # macOS
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM:"))


def main(words: Sequence[str]) -> None:
    """Runs one build or scan and prints the peak memory in bytes."""
    client = docker.from_env(timeout=_SECONDS)
    if words[0] == "build":
        _build(client, Path(words[1]), Path(words[2]), words[3])
    else:
        image_scan.scan(client, words[1], {})
    print(peak_bytes())


def _build(client: docker.DockerClient, context: Path, dockerfile: Path, image: str) -> None:
    text = dockerfile.read_text(encoding="utf-8")
    request = Request(Context(context), text, tag=image)
    cache_journal.build(client, request, scenario=Scenario.COLD)


if __name__ == "__main__":
    main(sys.argv[1:])

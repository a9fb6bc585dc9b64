"""What an image without files lacks: a small program tries it in an empty image and with each fix.

The program is the Go code in dockerfiles/05-separate-stages.probe. The Dockerfile next to that folder has a stage for
each image. An image is built by adding `FROM <stage>` to the Dockerfile, so the build stage is shared.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import docker

from helpers.charts.chart import Chart
from helpers.charts.matrix import Cell, Line, Shade, matrix
from helpers.core.errors import WorkbookError
from helpers.core.records import Kind
from helpers.core.units import bytes_in_words
from helpers.course.section import Section
from helpers.course.subject import Subject
from helpers.engine.copied_program import output_of_copy
from helpers.engine.ephemeral import output
from helpers.engine.image_references import image_references, with_images
from helpers.engine.network import isolated
from helpers.measure.experiment import Experiment, timed

VARIANT = "probe"
HTTPS, TIME_ZONES, USERS, TEMP_FILES, DNS = CHECKS = ("HTTPS", "time zones", "users", "temp files", "DNS")
# Stages of the Dockerfile
BUILD, EMPTY, TRIMMED, DISTROLESS_LIKE = "build", "nothing", "zones-in-go-folder", "distroless-like"
STAGES: Mapping[str, str] = {
    EMPTY: "scratch",
    "certificates": "+ CA certificates",
    TRIMMED: "+ zoneinfo.zip in Go's folder",
    "zones-by-variable": "+ zoneinfo.zip and ZONEINFO",
    "tzdata-in-binary": "+ time/tzdata in the binary",
    "users": "+ /etc/passwd",
    "temporary-folder": "+ /tmp",
    DISTROLESS_LIKE: "a base like distroless",
}
_FIXED_BY: Mapping[str, str] = {
    "certificates": HTTPS,
    "zones-by-variable": TIME_ZONES,
    "tzdata-in-binary": TIME_ZONES,
    "users": USERS,
    "temporary-folder": TEMP_FILES,
}
_PROGRAM = "/probe"
_HOST = "probe-host"  # known only to the DNS server of the container's network
_NOTE = "added: bytes of the image's files, compared with the image that has only the program"


@dataclass(frozen=True)
class ProbedImage:
    """An image in which the program ran. `errors` has the message of each check, "" if it passed."""

    stage: str
    bytes: int
    errors: Mapping[str, str]

    @property
    def passed(self) -> frozenset[str]:
        """The names of the checks that passed."""
        return frozenset(check for check, error in self.errors.items() if not error)


def probed(subject: Subject) -> Mapping[str, ProbedImage]:
    """The probed images by stage. They are built and run once for each text of the probe's Dockerfile.

    Raises what building and running an experiment raises.
    """
    probe = subject.variant(VARIANT)
    return _probed(probe, probe.dockerfile)


@lru_cache(maxsize=4)
def _probed(probe: Experiment, dockerfile: str) -> Mapping[str, ProbedImage]:
    return {stage: _probe(_image(probe, stage), stage) for stage in STAGES}


def wrong_fixes(subject: Subject) -> list[str]:
    """The stages whose fix doesn't make exactly its own check pass, in addition to those of the empty image."""
    images = probed(subject)
    passed = images[EMPTY].passed
    return [stage for stage, check in _FIXED_BY.items() if images[stage].passed - passed != {check}]


def probed_with(subject: Subject, dockerfile: str) -> Mapping[str, str]:
    """What the program reports in the image of this Dockerfile: the message of each check, "" if it passed.

    The Dockerfile's `golang` images are replaced by the probe's build stage. Its CA certificates include the authority
    of the program's HTTPS server, so a copy of them passes the check; any other file fails it.
    """
    probe, project = subject.variant(VARIANT), subject.experiment.project
    base, program = _image(probe, BUILD), _image(probe, EMPTY).ready().image_id
    named = {each.image for each in image_references(dockerfile, project.build_args)}
    replaced = {name: base.tag for name in named if name.partition(":")[0].partition("@")[0] == "golang"}
    base.ready()
    image = subject.experiment.altered("probed", with_images(dockerfile, replaced, project.build_args)).ready().image_id
    with timed(Kind.CONTAINER, probe.name):
        return _errors(output_of_copy(probe.client, _PROGRAM, program, image))


def chart(section: Section) -> Chart:
    """Chart: what works in an empty image, what each fix adds to it, and what it repairs.

    Builds and runs the probe's images, which takes seconds. Raises what build() and run() raise.
    """
    section.variant(VARIANT).reload()
    images = section.reporter.during(
        section.experiment, "the probe in scratch and with each fix", lambda: probed(section.subject)
    )
    empty = images[EMPTY]
    messages = [f"in scratch, {check}: {error}" for check, error in empty.errors.items() if error]
    lines = [Line(title, tuple(_cells(images[stage], empty))) for stage, title in STAGES.items()]
    return matrix("What scratch lacks", [*CHECKS, "added"], lines, [_NOTE, *messages], first="image")


def _cells(image: ProbedImage, empty: ProbedImage) -> Iterator[Cell]:
    for check in CHECKS:
        yield Cell("✗ fails", Shade.STRONG) if image.errors[check] else Cell("✓ works", Shade.MUTED)
    yield Cell() if image is empty else Cell(bytes_in_words(image.bytes - empty.bytes))


def _image(probe: Experiment, stage: str) -> Experiment:
    return probe.altered(f"{VARIANT}-{stage}", f"{probe.dockerfile}\nFROM {stage}\n")


def _probe(experiment: Experiment, stage: str) -> ProbedImage:
    image = experiment.image()
    with timed(Kind.CONTAINER, experiment.name):
        _, text = output(experiment.client, image.id, [], **_with_own_name(experiment.client))
    return ProbedImage(stage, image.bytes, _errors(text))


def _with_own_name(client: docker.DockerClient) -> dict[str, Any]:
    """Options with which the network's DNS server knows the container by another name than its /etc/hosts does.

    Without a network of ours, there is no such server, and the program looks up localhost.
    """
    network = isolated(client)
    if network.id is None:
        return {}
    endpoint = client.api.create_endpoint_config(aliases=[_HOST])
    return {"environment": {"PROBE_HOST": _HOST}, "networking_config": {network.id: endpoint}, **network.options}


def _errors(text: str) -> dict[str, str]:
    """The message of each check by name, from the program's output. Raises WorkbookError unless it has all of them."""
    try:
        lines = [json.loads(line) for line in text.splitlines()]
        found = {line["check"]: line["error"] for line in lines}
        return {check: found[check] for check in CHECKS}
    except (ValueError, TypeError, KeyError):
        shown = text.strip() or "nothing"
        raise WorkbookError(f"The probe printed something else than its results: {shown}") from None

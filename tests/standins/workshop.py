"""A setup for making stand-ins on a real engine, from a small root instead of Debian's."""

from collections.abc import Callable
from pathlib import Path

import docker

from helpers import standins
from helpers.core.records import BaseImage, Progress
from helpers.engine.base_images import found
from helpers.engine.removal import Removals
from helpers.standins import ensure, making, stand_in_cache
from helpers.standins.recipes import Plan, Recipe

# Nothing answers at port 1, so a missing image has to be made.
SMALL = Recipe("localhost:1/test-stand-in:latest", "trixie", go="1.19.13", packages=(), pinned=True)

ROOT = """
echo '0 upgraded, 1 newly installed' >&2
mkdir root && tar -C root -xf "$OVERLAY" && echo Debian >root/etc/issue && tar -C root -cf - .
"""

HALF = "mkdir root && head -c 4000000 /dev/urandom >root/large && tar -C root -cf - . | head -c 3000000"

GO = """#!/bin/sh
cp {zip} "$GOMODCACHE/go.zip" && echo "{{\\"Zip\\": \\"$GOMODCACHE/go.zip\\"}}"
"""


class Workshop:
    """A test's setup for making stand-ins: its cache folder, what it printed, and the script that makes the root."""

    def __init__(self, cache: Path) -> None:
        self.cache = cache / "dockerfile-workbook"
        self.script = ROOT
        self.said: list[str] = []
        self.steps: list[Progress] = []

    def command(self, suite: str, packages: object, sources: object, overlay: Path, apt: Path) -> list[str]:
        """The command that replaces mmdebstrap."""
        return ["env", f"OVERLAY={overlay}", f"SOURCES={sources}", "sh", "-ec", f'cd "$TMPDIR"; {self.script}']

    def execute(self, client: docker.DockerClient, plan: Plan) -> None:
        """Executes the plan and records its progress and messages."""
        making.execute(client, plan, self.steps.append, None, self.said.append, {})

    def left(self) -> list[str]:
        """The names in the cache folder, without lock files and finished stand-ins."""
        return [path.name for path in self.cache.iterdir() if path.suffix != ".lock" and path.name != "stand-ins"]

    def layouts(self) -> list[Path]:
        """The finished stand-ins in the cache folder."""
        return stand_in_cache.kept(self.cache)


def image_of(client: docker.DockerClient, names: list[str]) -> BaseImage:
    """The stand-in on the engine; its other names are removed after the test."""
    image = found(client, SMALL.reference)
    assert image is not None
    names += [name for name in client.images.get(image.id).tags if name != SMALL.reference]
    return image


def ensure_small(client: docker.DockerClient, workshop: Workshop, consent: bool | Callable[[str], bool]) -> None:
    """Calls `ensure` for a missing image whose registry does not answer."""
    ensure(
        client,
        consent=consent,
        on_progress=workshop.steps.append,
        references=[SMALL.reference],
        say=workshop.said.append,
    )


def remove(client: docker.DockerClient, dry_run: bool = False, *, references: list[str]) -> list[str]:
    """Removes stand-ins and work folders as `clean` does; returns the lines that it would print."""
    removals = Removals(client, dry_run)
    standins.remove(removals, references)
    return [*removals.done, *removals.left]

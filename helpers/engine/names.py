"""The names by which the course knows its own things on an engine: only what carries them is ever removed."""

from uuid import uuid4

PREFIX = "dockerfile-workbook"  # images: dockerfile-workbook/<section>[:<variant>]
LABEL = "dockerfile-workbook"  # on every container and network
HELPERS = ("golang:1.19-bullseye", "golang:latest")  # have `cat` and `perl`, to look at a container from outside


def is_ours(reference: str) -> bool:
    """Whether an image of that name is one that the course builds."""
    return reference.startswith(f"{PREFIX}/")


def container_name() -> str:
    """A name never used before. Known before the container exists, it finds what an interrupt left half made."""
    return f"{PREFIX}-{uuid4().hex[:12]}"

"""The names and labels of what the course creates on an engine. `clean` removes nothing else."""

from uuid import uuid4

PREFIX = "dockerfile-workbook"  # images: dockerfile-workbook/<section>[:<variant>]
STAND_INS = f"{PREFIX}/stand-in"  # stand-ins: dockerfile-workbook/stand-in/golang:1.19-bullseye
LABEL = "dockerfile-workbook"  # on every container and network
HELPERS = ("golang:1.19-bullseye", "golang:latest")  # have `cat` and `perl`, for helper containers


def is_ours(reference: str) -> bool:
    """Whether it is the name of an image that the course builds; stand-ins are told by their label."""
    return reference.startswith(f"{PREFIX}/") and not reference.startswith(f"{STAND_INS}/")


def container_name() -> str:
    """A unique name. It is known before the container exists, so that a container can be removed after an interrupt."""
    return f"{PREFIX}-{uuid4().hex[:12]}"

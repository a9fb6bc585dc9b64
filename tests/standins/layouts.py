"""Small image layouts for tests."""

import tarfile
from io import BytesIO
from pathlib import Path
from typing import IO, cast

from helpers.standins import image_layout
from helpers.standins.image_layout import ImageLayout, Layer

CREATED = "2026-11-24T11:20:00Z"


def small_layout(folder: Path, text: str = "small", labels: dict[str, str] | None = None) -> ImageLayout:
    """A layout with one layer of one file, named "dockerfile-workbook/test-base:layout"."""
    layer = Layer(folder)
    with tarfile.open(fileobj=cast(IO[bytes], layer), mode="w") as tar:
        member = tarfile.TarInfo("text")
        member.size = len(text)
        tar.addfile(member, BytesIO(text.encode()))
    layer.close()
    config = {"architecture": "amd64", "os": "linux", "created": CREATED, "config": {"Labels": labels or {}}}
    return image_layout.create(folder / "layout", layer, config, "dockerfile-workbook/test-base:layout")

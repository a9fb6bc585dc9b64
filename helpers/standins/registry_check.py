"""Whether a registry has the official images by now, so that the stand-ins for them are no longer needed.

A start of the course asks at most once a day, in the background, and waits a second at most: a registry that answers
does so in less, and one that doesn't must not delay every start.
"""

import json
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from threading import Thread

import docker

from helpers.core.errors import WorkbookError
from helpers.core.paths import cache_folder
from helpers.core.records import BaseImage
from helpers.engine.connection import selected
from helpers.engine.failures import explained
from helpers.engine.pull import probe

OFFER = "A registry has the official images again. To use them instead of the stand-ins: python3 -m helpers run --pull"
SECONDS = 1.0
_REMEMBERED = 24 * 3600.0  # seconds
_FILE = "registry-answer.json"


def offer(client: docker.DockerClient, images: Sequence[BaseImage]) -> str:
    """The sentence that offers the official images; "" if none of the images is a stand-in, or no registry has them.

    The registry's answer is remembered for a day. One that comes after SECONDS counts for the next call.
    """
    references = [image.reference for image in images if image.is_stand_in]
    if not references:
        return ""
    key = " ".join([selected().host, *references])
    if _remembered(key) is None:
        asking = Thread(target=_remember, args=(client, references, key), daemon=True)
        asking.start()
        asking.join(SECONDS)
    return OFFER if _remembered(key) else ""


def ask(client: docker.DockerClient, references: Sequence[str], seconds: float | None = None) -> None:
    """Returns if a registry would serve all of these images.

    Raises RegistryOutOfReach if it can't be reached or doesn't answer in `seconds`, BaseImageError if it refuses.
    """
    with explained():
        for reference in references:
            probe(client, reference, seconds)


def answer_file() -> Path:
    """The file in the user's cache folder that has the last answer."""
    return cache_folder() / _FILE


def _remember(client: docker.DockerClient, references: Sequence[str], key: str) -> None:
    try:
        ask(client, references)
        answer = True
    except WorkbookError:
        answer = False
    with suppress(OSError):  # asked again next time
        answer_file().parent.mkdir(parents=True, exist_ok=True)
        answer_file().write_text(json.dumps([key, time.time(), answer]), encoding="utf-8")


def _remembered(key: str) -> bool | None:
    """The last answer for that engine and these images; None if there is none from the last day."""
    with suppress(OSError, ValueError):
        known, asked, answer = json.loads(answer_file().read_text(encoding="utf-8"))
        if known == key and 0 <= time.time() - asked < _REMEMBERED:
            return bool(answer)
    return None

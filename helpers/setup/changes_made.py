"""Records what the course changed on this machine, so that `clean` can undo it or say how to."""

import json
from typing import Any

from helpers.core.paths import NOTES

_NAME = "machine.json"


def read() -> dict[str, Any]:
    """All notes; empty if nothing on the machine was changed."""
    try:
        noted = json.loads((NOTES / _NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return noted if isinstance(noted, dict) else {}


def write(**changes: Any) -> None:
    """Add these notes, and delete those whose value is None."""
    NOTES.mkdir(exist_ok=True)
    noted = {name: value for name, value in {**read(), **changes}.items() if value is not None}
    file = NOTES / _NAME
    temporary = file.with_suffix(".new")
    temporary.write_text(json.dumps(noted, indent=1) + "\n", encoding="utf-8")
    temporary.replace(file)

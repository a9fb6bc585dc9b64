"""What the course did to this machine, kept so that `clean` can undo it or say how."""

import json
from typing import Any

from helpers.setup.folders import NOTES

_FILE = NOTES / "machine.json"


def read() -> dict[str, Any]:
    """Everything noted so far; empty on a machine where nothing was changed."""
    try:
        noted = json.loads(_FILE.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return noted if isinstance(noted, dict) else {}


def write(**changes: Any) -> None:
    """Note these, and forget those that are None."""
    NOTES.mkdir(exist_ok=True)
    noted = {name: value for name, value in {**read(), **changes}.items() if value is not None}
    whole = _FILE.with_suffix(".new")
    whole.write_text(json.dumps(noted, indent=1) + "\n", encoding="utf-8")
    whole.replace(_FILE)

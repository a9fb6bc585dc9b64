"""Whether this process plays a recording instead of using an engine, and how fast."""

import os
from enum import StrEnum

from helpers.core.errors import WorkbookError

REPLAY = "WORKBOOK_REPLAY"


class Pace(StrEnum):
    """How fast a recording is played."""

    AT_ONCE = "at-once"  # without waiting
    REAL_TIME = "real-time"  # everything takes as long as it took when it was recorded


def pace() -> Pace | None:
    """The pace that WORKBOOK_REPLAY asks for; None if an engine is used. Raises WorkbookError for an unknown pace."""
    return named(os.environ.get(REPLAY, ""))


def named(text: str) -> Pace | None:
    """The pace of that name; None for "". Raises WorkbookError for any other text."""
    if not text:
        return None
    try:
        return Pace(text)
    except ValueError:
        raise WorkbookError(f"{text!r} is not a pace of a replay.", f"Use one of: {', '.join(Pace)}.") from None

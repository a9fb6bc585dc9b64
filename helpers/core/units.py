"""Formats bytes and seconds with as many digits as a single measurement supports."""

import math
import re

MEGABYTE = 1_000_000
ABSENT = "–"  # shown for a value that was not measured
_THOUSANDS = re.compile(r"[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?")  # "1,152"; another comma is a decimal one: "1,5"


def in_megabytes(count: float) -> float:
    """Bytes in MB of 1,000,000 bytes."""
    return count / MEGABYTE


def megabytes(value: float | None) -> str:
    """MB without the unit: "0.02", "16.8", "1,152"; a dash for None."""
    if value is None:
        return ABSENT
    if value >= 99.95:
        return f"{value:,.0f}"
    if value >= 0.995:
        return f"{value:.1f}"
    return f"{value:.2f}" if value >= 0.095 else f"{float(f'{value:.2g}'):.6f}".rstrip("0").rstrip(".")


def seconds(value: float | None) -> str:
    """Seconds without the unit: "0.07", "1.6", "23.7"; a dash for None."""
    if value is None:
        return ABSENT
    if value >= 99.95:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 0.995 else f"{value:.2f}"


def bytes_in_words(count: int) -> str:
    """Bytes with a suitable unit: "980 bytes", "12.3 kB", "16.8 MB"."""
    if count < 1000:
        return f"{count} bytes"
    return f"{count / 1000:.1f} kB" if count < MEGABYTE else f"{megabytes(in_megabytes(count))} MB"


def number_or_text(typed: str, unit: str = "") -> float | str | None:
    """What a reader typed, as a number if it is one, with or without its unit; None if nothing was typed."""
    text = typed.strip()
    number = text.removesuffix(unit).rstrip()
    try:
        value = float(number.replace(",", "" if _THOUSANDS.fullmatch(number) else "."))
    except ValueError:
        return text or None
    return value if math.isfinite(value) else text

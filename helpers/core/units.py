"""Formats bytes and seconds with as many digits as a single measurement supports."""

MEGABYTE = 1_000_000
ABSENT = "–"  # shown for a value that was not measured


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


def number_or_text(typed: str) -> float | str | None:
    """What a reader typed, as a number if it is one; None if nothing was typed."""
    text = typed.strip()
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return text or None

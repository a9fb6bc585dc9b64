"""Packages that take long to import and that a run of the course doesn't need."""

import sys

_GRAMMAR = "rfc3987_syntax"  # compiles a grammar when it is imported; jsonschema tries that only to check IRIs


def skip() -> None:
    """Let this process do without them, unless they are imported already: as if they weren't installed."""
    sys.modules.setdefault(_GRAMMAR, None)  # type: ignore[arg-type]  # None makes an import raise ImportError

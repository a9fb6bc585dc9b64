"""The statements of a module, found without visiting its expressions: most of a syntax tree is expressions."""

import ast
from collections.abc import Iterator
from pathlib import Path

_BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")


def statements(source: Path) -> Iterator[ast.AST]:
    """Every statement in the file at any depth, and the handlers and cases that contain some; in no given order."""
    found: list[ast.AST] = [ast.parse(source.read_text(encoding="utf-8"))]
    while found:
        node = found.pop()
        yield node
        found += [each for block in _BLOCKS for each in getattr(node, block, ())]

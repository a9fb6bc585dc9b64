"""What every notebook of the course keeps to, each rule a function that yields what breaks it.

They are about what a reader meets: short cells, prose before code, nothing hidden, no figure typed instead of measured.
"""

import ast
import re
from collections.abc import Callable, Iterator

from nbformat import NotebookNode

from helpers.course import notebook as notebooks
from helpers.course.claims import claims_of
from helpers.course.hygiene import KEEPS_OUTPUT
from helpers.course.navigation import CELL as NAVIGATION
from helpers.course.sections import SectionFiles

WORDS = range(400, 1201)
CODE_LINES = 12
CODE_CELLS_IN_A_ROW = 3
LEAST_CLAIMS = 3
PARAMETERS = "parameters"
YOUR_TURN = "## Your turn"

# The course's published headline of 2023, quoted as history
_HISTORY = re.compile(r"\b926(?: MB)?\b|\b17 MB\b")
_FIGURE = re.compile(
    r"\b\d+(?:[.,]\d+)?(?:\s|\u202f|\u00a0)*"
    r"(?:[KMG]i?B|kB|bytes|megabytes?|gigabytes?|milliseconds?|ms|s|seconds?|minutes?|times|%|per ?cent)(?![\w-])"
)
_MAGIC = re.compile(r"^\s*(?:!|%(?!%writefile ))", re.MULTILINE)

Rule = Callable[[SectionFiles, NotebookNode], Iterator[str]]


def opens_with_its_title(section: SectionFiles, notebook: NotebookNode) -> Iterator[str]:
    """The first cell is the title: number, topic, and the idea in brackets."""
    first = notebook.cells[0]
    if first.cell_type != "markdown" or not re.match(rf"# {section.number} · .+ \(.+\)", first.source):
        yield f'the first cell is not "# {section.number} · Topic (the idea)"'


def has_parameters(section: SectionFiles, notebook: NotebookNode) -> Iterator[str]:
    """One cell tagged for papermill, which sets what `run` sets."""
    tagged = [cell for cell in notebook.cells if PARAMETERS in notebooks.tags(cell)]
    if [cell.cell_type for cell in tagged] != ["code"] or "scenarios =" not in tagged[0].source:
        yield f"it has not exactly one code cell tagged '{PARAMETERS}' that sets scenarios"


def has_short_code(section: SectionFiles, notebook: NotebookNode) -> Iterator[str]:
    """At most twelve lines of code a cell; a Dockerfile, in its cell or in a string, is not code here."""
    for cell in notebooks.code_cells(notebook):
        if (lines := _code_lines(cell)) > CODE_LINES:
            yield f"cell {cell.id} has {lines} lines of code"


def hides_nothing(section: SectionFiles, notebook: NotebookNode) -> Iterator[str]:
    """Plain Python: no shell lines, whose failures pass unseen, no magics but %%writefile, no definitions."""
    for cell in notebooks.code_cells(notebook):
        if _MAGIC.search(cell.source) and not notebooks.written_name(cell):
            yield f"cell {cell.id} has a shell line or a magic"
        elif (nodes := _nodes(cell)) is None:
            yield f"cell {cell.id} is not Python"
        elif any(isinstance(node, ast.FunctionDef | ast.ClassDef) for node in nodes):
            yield f"cell {cell.id} has a definition"


def has_enough_prose(section: SectionFiles, notebook: NotebookNode) -> Iterator[str]:
    """400 to 1,200 words, and words before nearly every code cell."""
    own = [cell for cell in notebook.cells if cell.id != NAVIGATION]
    if (words := notebooks.words(own)) not in WORDS:
        yield f"it has {words} words, not {WORDS.start} to {WORDS.stop - 1}"
    kinds = "".join("c" if cell.cell_type == "code" else " " for cell in own)
    if longest := max((len(run) for run in kinds.split() if len(run) > CODE_CELLS_IN_A_ROW), default=0):
        yield f"it has {longest} code cells in a row without a word between them"


def writes_its_dockerfiles(section: SectionFiles, notebook: NotebookNode) -> Iterator[str]:
    """Each Dockerfile cell is byte for byte the committed file, and the section's own is among them."""
    written = {notebooks.written_name(cell): notebooks.written_text(cell) for cell in notebooks.code_cells(notebook)}
    if section.has_dockerfile and section.dockerfile.name not in written:
        yield f"no cell writes {section.dockerfile.name}"
    for name, text in written.items():
        if name and (section.dockerfiles / name).read_bytes() != text.encode():
            yield f"the cell that writes {name} is not what dockerfiles/{name} holds"


def proves_its_claims(section: SectionFiles, notebook: NotebookNode) -> Iterator[str]:
    """At least three claims where there is a Dockerfile; a check cell whose kept output says that each is proved."""
    claims = claims_of(section.name)
    if section.has_dockerfile and len(claims) < LEAST_CLAIMS:
        yield f"it has {len(claims)} claims, not {LEAST_CLAIMS}"
    kept = [cell for cell in notebook.cells if KEEPS_OUTPUT in notebooks.tags(cell)]
    proved = "".join(output.get("text", "") for cell in kept for output in cell.outputs)
    if proved != "".join(f"✓ {claim.sentence}\n" for claim in claims):
        yield "the kept output of its check cell is not its claims, all proved"


def types_no_figures(section: SectionFiles, notebook: NotebookNode) -> Iterator[str]:
    """What can be measured is shown by a cell; an exercise may name a goal."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and not cell.source.startswith(YOUR_TURN):
            for figure in _FIGURE.findall(_HISTORY.sub("", cell.source)):
                yield f"cell {cell.id} has the figure {figure!r} in its text"


def ends_in_short(section: SectionFiles, notebook: NotebookNode) -> Iterator[str]:
    """The last words: three bullets."""
    last = [cell for cell in notebook.cells if cell.id != NAVIGATION][-1]
    bullets = re.findall(r"^- ", last.source, re.MULTILINE)
    if last.cell_type != "markdown" or "## In short" not in last.source or len(bullets) != 3:
        yield 'it does not end with "## In short" and three bullets'


RULES: tuple[Rule, ...] = (
    opens_with_its_title,
    has_parameters,
    has_short_code,
    hides_nothing,
    has_enough_prose,
    writes_its_dockerfiles,
    proves_its_claims,
    types_no_figures,
    ends_in_short,
)


def _code_lines(cell: NotebookNode) -> int:
    """Lines of code that are not blank, the inside of a long string left out."""
    if notebooks.written_name(cell):
        return 0
    strings = [node for node in _nodes(cell) or () if isinstance(node, ast.Constant)]
    inside = sum((node.end_lineno or node.lineno) - node.lineno for node in strings)
    return len([line for line in cell.source.splitlines() if line.strip()]) - inside


def _nodes(cell: NotebookNode) -> list[ast.AST] | None:
    """All there is in a cell of Python, nothing in one that writes a file; None where it does not parse."""
    try:
        return [] if notebooks.written_name(cell) else list(ast.walk(ast.parse(cell.source)))
    except SyntaxError:
        return None

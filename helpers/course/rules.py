"""The rules for the course's notebooks; each rule is a function that yields the violations.

They concern what the learner sees: short cells, prose before code, nothing hidden, no typed measurements.
"""

import ast
import re
from collections.abc import Callable, Iterator, Sequence

from nbformat import NotebookNode

from helpers.course import notebooks as notebooks
from helpers.course import writing
from helpers.course.claims import claims_of
from helpers.course.notebooks import CELL as NAVIGATION
from helpers.course.notebooks import KEEPS_OUTPUT
from helpers.course.sections import AIMS, SectionFiles

WORDS = range(400, 1201)
CODE_LINES = 12
CODE_CELLS_IN_A_ROW = 3
MIN_CLAIMS = 3
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
    """The first cell is the title, number and topic, and then the idea in a sentence."""
    first = notebook.cells[0]
    if first.cell_type != "markdown" or not re.match(rf"# {section.number} · [^()\n]+\n\n[\w`]", first.source):
        yield f'The first cell must be "# {section.number} · Topic", no brackets, then the idea.'


def names_its_badges(section: SectionFiles, notebook: NotebookNode) -> Iterator[str]:
    """Each badge is followed by its name: the emoji alone has no text alternative."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            alone = (badge for badge, name in AIMS.items() if re.search(rf"{badge}(?! (?:\*\*)?{name})", cell.source))
            yield from (f'Cell {cell.id} must name the badge: "{badge} {AIMS[badge]}".' for badge in alone)


def has_parameters(section: SectionFiles, notebook: NotebookNode) -> Iterator[str]:
    """Exactly one cell is tagged as papermill's parameters; it sets `scenarios` and `replay`, and a cell uses that."""
    tagged = [cell for cell in notebook.cells if PARAMETERS in notebooks.tags(cell)]
    if [cell.cell_type for cell in tagged] != ["code"] or not {"scenarios", "replay"} <= _set_by(tagged[0]):
        yield f"Exactly one code cell must be tagged '{PARAMETERS}', and it must set scenarios and replay."
    if not any("connect(replay)" in cell.source for cell in notebooks.code_cells(notebook)):
        yield "No cell calls connect(replay)."


def has_short_code(section: SectionFiles, notebook: NotebookNode) -> Iterator[str]:
    """A cell has at most twelve lines of code. Dockerfiles, in a cell or in a string, don't count."""
    for cell in notebooks.code_cells(notebook):
        if (lines := _code_lines(cell)) > CODE_LINES:
            yield f"Cell {cell.id} has {lines} lines of code; the limit is {CODE_LINES}."


def hides_nothing(section: SectionFiles, notebook: NotebookNode) -> Iterator[str]:
    """Cells are plain Python: no shell lines (they hide failures), no magics but %%writefile, no definitions."""
    for cell in notebooks.code_cells(notebook):
        if _MAGIC.search(cell.source) and not notebooks.written_name(cell):
            yield f"Cell {cell.id} contains a shell line or a magic."
        elif (nodes := _nodes(cell)) is None:
            yield f"Cell {cell.id} is not valid Python."
        elif any(isinstance(node, ast.FunctionDef | ast.ClassDef) for node in nodes):
            yield f"Cell {cell.id} defines a function or a class."


def has_enough_prose(section: SectionFiles, notebook: NotebookNode) -> Iterator[str]:
    """The notebook has 400 to 1,200 words, and at most three code cells in a row."""
    own = [cell for cell in notebook.cells if cell.id != NAVIGATION]
    if (words := notebooks.words(own)) not in WORDS:
        yield f"The notebook has {words} words instead of {WORDS.start} to {WORDS.stop - 1}."
    kinds = "".join("c" if cell.cell_type == "code" else " " for cell in own)
    if longest := max((len(run) for run in kinds.split() if len(run) > CODE_CELLS_IN_A_ROW), default=0):
        yield f"There are {longest} code cells in a row without text between them."


def writes_its_dockerfiles(section: SectionFiles, notebook: NotebookNode) -> Iterator[str]:
    """Each Dockerfile cell is identical to the committed file, and one writes the section's own Dockerfile."""
    written = {notebooks.written_name(cell): notebooks.written_text(cell) for cell in notebooks.code_cells(notebook)}
    if section.has_dockerfile and section.dockerfile.name not in written:
        yield f"No cell writes {section.dockerfile.name}."
    for name, text in written.items():
        if name and (section.dockerfiles / name).read_bytes() != text.encode():
            yield f"The cell that writes {name} differs from dockerfiles/{name}."


def proves_its_claims(section: SectionFiles, notebook: NotebookNode) -> Iterator[str]:
    """A section with a Dockerfile has at least three claims; the check cell's saved output lists all as proved."""
    claims = claims_of(section.name)
    if section.has_dockerfile and len(claims) < MIN_CLAIMS:
        yield f"The section has {len(claims)} claims; the minimum is {MIN_CLAIMS}."
    kept = [cell for cell in notebook.cells if KEEPS_OUTPUT in notebooks.tags(cell)]
    proved = "".join(output.get("text", "") for cell in kept for output in cell.outputs)
    if proved != "".join(f"✓ {claim.sentence}\n" for claim in claims):
        yield "The saved output of the check cell must list every claim as proved."


def types_no_figures(section: SectionFiles, notebook: NotebookNode) -> Iterator[str]:
    """Text contains no measured values, since cells show them; an exercise may name a goal."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and not cell.source.startswith(YOUR_TURN):
            for figure in _FIGURE.findall(_HISTORY.sub("", cell.source)):
                yield f"Cell {cell.id} contains the measured value {figure!r} in its text."


def ends_in_short(section: SectionFiles, notebook: NotebookNode) -> Iterator[str]:
    """The last cell before the navigation is the summary: three bullets."""
    last = [cell for cell in notebook.cells if cell.id != NAVIGATION][-1]
    bullets = re.findall(r"^- ", last.source, re.MULTILINE)
    if last.cell_type != "markdown" or "## In short" not in last.source or len(bullets) != 3:
        yield 'The notebook must end with "## In short" and three bullets.'


def uses_plain_words(section: SectionFiles, notebook: NotebookNode) -> Iterator[str]:
    """No cell contains a word that puzzles a reader."""
    for cell in notebook.cells:
        yield from (f"Cell {cell.id} contains {found}." for found in writing.puzzling(cell.source))


def proves_its_comparisons(section: SectionFiles, notebook: NotebookNode) -> Iterator[str]:
    """Text that compares ("larger", "twice as") names the claim that proves it; an exercise names a goal instead."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and not cell.source.startswith(YOUR_TURN):
            found = writing.unproved(cell.source, section.number, number_of_claims)
            yield from (f"Cell {cell.id}: {each}." for each in found)


def number_of_claims(section: str) -> int:
    """How many claims a section has, by its two digits; 0 if there is no such section."""
    try:
        return len(claims_of(section))
    except ModuleNotFoundError:
        return 0


RULES: tuple[Rule, ...] = (
    opens_with_its_title,
    names_its_badges,
    has_parameters,
    has_short_code,
    hides_nothing,
    has_enough_prose,
    writes_its_dockerfiles,
    proves_its_claims,
    types_no_figures,
    ends_in_short,
    uses_plain_words,
    proves_its_comparisons,
)


def violations(rule: Rule, sections: Sequence[SectionFiles]) -> list[str]:
    """Each violation of the rule, with the section's name; a notebook that was only run and saved counts as clean."""
    committed = {section: notebooks.loads(notebooks.committed_unless_edited(section.notebook)) for section in sections}
    return [f"{section.name}: {each}" for section, notebook in committed.items() for each in rule(section, notebook)]


def _code_lines(cell: NotebookNode) -> int:
    """The number of non-blank lines of code, not counting the inside of multi-line strings."""
    if notebooks.written_name(cell):
        return 0
    strings = [node for node in _nodes(cell) or () if isinstance(node, ast.Constant)]
    inside = sum((node.end_lineno or node.lineno) - node.lineno for node in strings)
    return len([line for line in cell.source.splitlines() if line.strip()]) - inside


def _set_by(cell: NotebookNode) -> set[str]:
    """The names that the cell assigns."""
    names = (node for node in _nodes(cell) or () if isinstance(node, ast.Name))
    return {node.id for node in names if isinstance(node.ctx, ast.Store)}


def _nodes(cell: NotebookNode) -> list[ast.AST] | None:
    """The cell's syntax nodes; empty for a cell that writes a file, None if the cell does not parse."""
    try:
        return [] if notebooks.written_name(cell) else list(ast.walk(ast.parse(cell.source)))
    except SyntaxError:
        return None

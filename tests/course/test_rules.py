"""Every notebook follows the rules, and each rule detects violations."""

from collections.abc import Callable, Iterator

import nbformat
import pytest
from nbformat import NotebookNode

from helpers.course import rules
from helpers.course.claims import claims_of
from helpers.course.notebooks import KEEPS_OUTPUT
from helpers.course.sections import SectionFiles, discover, find

v4 = nbformat.v4


@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: rule.__name__)
def test_every_notebook_follows_the_rule(rule: rules.Rule) -> None:
    assert rules.violations(rule, discover()) == []


def test_a_violation_is_reported_for_each_notebook_with_its_name() -> None:
    def complains(section: SectionFiles, notebook: NotebookNode) -> Iterator[str]:
        yield f"{len(notebook.cells) > 0} is wrong."

    assert rules.violations(complains, discover()) == [f"{section.name}: True is wrong." for section in discover()]


@pytest.fixture
def section() -> SectionFiles:
    return find("04")


@pytest.fixture
def good(section: SectionFiles) -> NotebookNode:
    """A small notebook of section 04 that follows every rule."""
    check = v4.new_code_cell("section.check()", id="check", metadata={"tags": [KEEPS_OUTPUT]})
    proved = "".join(f"✓ {claim.sentence}\n" for claim in claims_of(section.name))
    check.outputs = [v4.new_output("stream", text=proved)]
    dockerfile = f"%%writefile ../dockerfiles/{section.dockerfile.name}\n{section.dockerfile.read_text()}"
    cells = [
        v4.new_markdown_cell("# 04 · Copy go.mod first\n\nAn edit costs less.\n\nAim: 🏎️ build speed", id="title"),
        v4.new_code_cell('scenarios = "aims"\nreplay = ""', id="parameters", metadata={"tags": [rules.PARAMETERS]}),
        v4.new_code_cell("client = connect(replay)\nsection.build()", id="build"),
        v4.new_markdown_cell("word " * 450, id="text"),
        v4.new_code_cell(dockerfile.rstrip("\n"), id="dockerfile"),
        check,
        v4.new_markdown_cell("## In short\n\n- One.\n- Two.\n- Three.", id="short"),
    ]
    notebook: NotebookNode = v4.new_notebook(cells=cells)
    return notebook


def named(good: NotebookNode, name: str) -> NotebookNode:
    found: NotebookNode = next(cell for cell in good.cells if cell.id == name)
    return found


def test_the_example_notebook_follows_every_rule(section: SectionFiles, good: NotebookNode) -> None:
    assert [violation for rule in rules.RULES for violation in rule(section, good)] == []


def text(name: str, source: str) -> Callable[[NotebookNode], None]:
    """A function that replaces one cell's text."""

    def change(good: NotebookNode) -> None:
        named(good, name).source = source

    return change


def more_text(name: str, source: str) -> Callable[[NotebookNode], None]:
    def change(good: NotebookNode) -> None:
        named(good, name).source += source

    return change


def without(name: str) -> Callable[[NotebookNode], None]:
    def change(good: NotebookNode) -> None:
        good.cells.remove(named(good, name))

    return change


def no_output(good: NotebookNode) -> None:
    named(good, "check").outputs = []


def one_claim_less(good: NotebookNode) -> None:
    output = named(good, "check").outputs[0]
    output.text = output.text.partition("\n")[2]


def four_in_a_row(good: NotebookNode) -> None:
    good.cells[3:3] = [v4.new_code_cell("section.run()") for _ in range(2)]


@pytest.mark.parametrize(
    ("rule", "change"),
    [
        (rules.names_its_badges, text("text", "It has the badge 🏎️, " * 90)),
        (rules.opens_with_its_title, text("title", "# Copy go.mod first")),
        (rules.opens_with_its_title, text("title", "# 05 · Copy go.mod first\n\nText.")),
        (rules.opens_with_its_title, text("title", "# 04 · Copy go.mod first (a motto)\n\nText.")),
        (rules.opens_with_its_title, text("title", "# 04 · Copy go.mod first")),
        (rules.has_parameters, without("parameters")),
        (rules.has_parameters, text("parameters", "scenario = 1")),
        (rules.has_parameters, text("parameters", 'scenarios = "aims"')),
        (rules.has_parameters, text("build", "client = connect()")),
        (rules.has_short_code, text("build", "\n".join("section.build()" for _ in range(13)))),
        (rules.hides_nothing, text("build", "!docker build .")),
        (rules.hides_nothing, text("build", "%time section.build()")),
        (rules.hides_nothing, text("build", "%%bash\ndocker build .")),
        (rules.hides_nothing, text("build", "def build():\n    section.build()")),
        (rules.hides_nothing, text("build", "Words in a code cell.")),
        (rules.has_enough_prose, text("text", "word " * 300)),
        (rules.has_enough_prose, text("text", "word " * 1300)),
        (rules.has_enough_prose, four_in_a_row),
        (rules.writes_its_dockerfiles, without("dockerfile")),
        (rules.writes_its_dockerfiles, more_text("dockerfile", "\n# one more line")),
        (rules.proves_its_claims, without("check")),
        (rules.proves_its_claims, no_output),
        (rules.proves_its_claims, one_claim_less),
        (rules.types_no_figures, more_text("text", "It takes 9.7 s.")),
        (rules.types_no_figures, more_text("text", "The image has 1152 MB now.")),
        (rules.types_no_figures, more_text("text", "That is 60 times less.")),
        (rules.ends_in_short, text("short", "## In short\n\n- One.")),
        (rules.ends_in_short, without("short")),
        (rules.uses_plain_words, more_text("text", "Nothing is amiss.")),
        (rules.uses_plain_words, more_text("build", "  # whoever builds it")),
        (rules.proves_its_comparisons, more_text("text", "The rebuild is faster.")),
        (rules.proves_its_comparisons, more_text("text", "The rebuild is faster. <!-- claim 9 -->")),
    ],
)
def test_a_violation_is_detected(
    section: SectionFiles,
    good: NotebookNode,
    rule: rules.Rule,
    change: Callable[[NotebookNode], None],
) -> None:
    change(good)
    assert list(rule(section, good)) != []


@pytest.mark.parametrize(
    "allowed",
    [
        "It was once published as 926 MB → 17 MB, in 2023.",
        "Go 1.19 on port 8080, uid 1001, section 07, exit 133.",
        "A gigabyte, half a second, ten times.",
    ],
)
def test_versions_ports_and_history_are_not_measurements(
    section: SectionFiles, good: NotebookNode, allowed: str
) -> None:
    more_text("text", allowed)(good)
    assert list(rules.types_no_figures(section, good)) == []


def test_an_exercise_may_name_a_goal(section: SectionFiles, good: NotebookNode) -> None:
    good.cells.insert(3, v4.new_markdown_cell("## Your turn\n\nBring it below 12 MB."))
    assert list(rules.types_no_figures(section, good)) == []


def test_a_dockerfile_in_a_string_is_not_code(section: SectionFiles, good: NotebookNode) -> None:
    lines = "\n".join("RUN true" for _ in range(30))
    text("build", f'exercise.check("""\n{lines}\n""")')(good)
    assert list(rules.has_short_code(section, good)) == []

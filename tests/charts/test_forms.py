"""A cell that ends with a record shows a table, not a dataclass repr."""

import pytest
from IPython.core.interactiveshell import InteractiveShell

from helpers.charts import notes
from helpers.charts.record_tables import install
from helpers.core.records import BaseImage, Build, Contents, Health, Image, Instruction, Packages, Run

RECORDS = [
    Build("cold", 1.0, "sha256:1", (Instruction("RUN <b>"),)),
    Contents(1, 1, 1),
    Image("sha256:1", 1, 1),
    Packages({"deb": 1}),
    Run(Health(200, 0.03)),
]


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: type(record).__name__)
def test_records_become_tables_that_name_stand_ins(record: object) -> None:
    shell = InteractiveShell()
    assert shell.display_formatter is not None
    before, _ = shell.display_formatter.format(record)
    assert before["text/plain"].startswith(type(record).__name__ + "(")
    install(shell, [BaseImage("golang", "", "stand-in")])
    after, _ = shell.display_formatter.format(record)
    assert after["text/html"].startswith("<table>")
    assert "---" in after["text/plain"].splitlines()[1]
    assert notes.STAND_IN in after["text/plain"] and notes.STAND_IN in after["text/html"]


def test_without_a_shell_nothing_happens() -> None:
    install(None)
    assert repr(RECORDS[1]).startswith("Contents(")

"""A notebook shows a live chart with its table below; a terminal shows the table."""

from collections.abc import Iterator

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from helpers.charts.bar_charts import size_chart
from helpers.charts.chart import FALLBACK, PLOTLY, Chart
from helpers.charts.course_tables import size_table
from helpers.core.records import SectionRecord


@pytest.fixture
def shell() -> Iterator[InteractiveShell]:
    """The shell that `display` needs, removed after the test."""
    yield InteractiveShell.instance()
    InteractiveShell.clear_instance()


def test_a_notebook_gets_the_chart_and_then_the_table(course: list[SectionRecord], shell: InteractiveShell) -> None:
    chart = Chart(size_chart(course), size_table(course))
    with capture_output() as captured:
        chart._ipython_display_()
    figure, table = (output.data for output in captured.outputs)
    assert [trace["type"] for trace in figure[PLOTLY]["data"]] == ["bar", "bar"]
    assert figure["text/plain"] == FALLBACK
    assert table["text/plain"] == str(chart.table)
    assert table["text/html"].startswith("<details") and " open" not in table["text/html"].partition(">")[0]
    assert chart.table.html in table["text/html"]


def test_as_text_it_is_the_table(course: list[SectionRecord]) -> None:
    table = size_table(course)
    assert str(Chart(size_chart(course), table)) == repr(Chart(size_chart(course), table)) == str(table)

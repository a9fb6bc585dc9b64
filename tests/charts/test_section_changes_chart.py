"""The chart marks what each section changed, except changes within the noise of one measurement."""

from helpers.charts.chart import Chart
from helpers.charts.section_changes_chart import section_changes_chart
from tests.fixtures.section_records import Make


def row(chart: Chart, section: str) -> list[str]:
    (line,) = (line for line in chart.table.splitlines() if line.startswith(section))
    return [cell.strip() for cell in line.split("  ") if cell.strip()]


def test_changes_are_relative_to_the_previous_section(make: Make) -> None:
    chart = section_changes_chart(
        [
            make("04-copy-go-mod-first", size=1_185_000_000, seconds=(14.6, 0.1, 11.0, 12.0)),
            make("05-separate-stages", size=17_400_000, seconds=(15.7, 0.1, 13.0, 12.0)),
            make("09-cache-mount", size=17_400_000, seconds=(30.0, 0.1, 1.6, 2.0)),
        ]
    )
    assert row(chart, "04") == ["04-copy-go-mod-first", "1,185", "14.6", "11.0", "0.03", "–"]
    assert row(chart, "05") == ["05-separate-stages", "17.4 ▼ ×68", "15.7", "13.0", "0.03", "–"]
    assert row(chart, "09") == ["09-cache-mount", "17.4", "30.0 ▲ ×1.9", "1.6 ▼ ×8.1", "0.03", "–"]
    (cells,) = chart.figure.data
    assert [list(line) for line in cells.z] == [
        [None] * 5,
        [0, None, None, None, None],
        [None, 1, 0, None, None],
    ]


def test_a_small_value_may_double_without_a_mark(make: Make) -> None:
    quick = [make("07-a", seconds=(0.05, 0.1, 0.2, 1.0)), make("08-b", seconds=(0.3, 0.1, 0.6, 1.0))]
    assert row(section_changes_chart(quick), "08")[2:4] == ["0.30", "0.60"]


def test_values_of_the_baseline_are_marked(make: Make) -> None:
    table = section_changes_chart([make("01-naive"), make("02-pin-base-image", baseline=True)]).table
    assert row(section_changes_chart([make("01-naive"), make("02-pin-base-image", baseline=True)]), "02")[1] == "† 16.8"
    assert "† from the baseline" in table


def test_without_records_the_title_says_so() -> None:
    assert "nothing measured yet" in section_changes_chart([]).figure.layout.title.text

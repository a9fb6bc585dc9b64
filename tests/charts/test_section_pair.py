"""Two sections side by side have the records' values and the factor between them."""

from helpers.charts.section_pair import choice, pair_table
from helpers.core.records import SectionRecord
from tests.fixtures.section_records import Make


def row(table: str, name: str) -> list[str]:
    (line,) = (line for line in table.splitlines() if line.startswith(name))
    return [cell.strip() for cell in line[len(name) :].split("  ") if cell.strip()]


def test_each_value_has_its_factor(make: Make) -> None:
    records = [
        make("04-copy-go-mod-first", size=1_185_000_000, seconds=(14.0, 0.1, 11.0, 12.0)),
        make("05-separate-stages", size=17_400_000, seconds=(28.0, 0.1, 11.0, 0.0)),
    ]
    table = pair_table(records, "04-copy-go-mod-first", "05-separate-stages")
    assert row(table, "image, MB") == ["1,185", "17.4", "÷ 68.1"]
    assert row(table, "build, cold, s") == ["14.0", "28.0", "× 2.0"]
    assert row(table, "build, source edited, s") == ["11.0", "11.0", "="]
    assert row(table, "build, dependency changed, s")[-1] == "–", "there is no factor to 0"
    assert row(table, "memory, MB") == ["–", "–", "–"]


def test_values_of_the_baseline_are_marked(make: Make) -> None:
    table = pair_table([make("04-copy-go-mod-first", baseline=True)], "04-copy-go-mod-first", "05-separate-stages")
    assert row(table, "image, MB") == ["† 16.8", "–", "–"]
    assert "† from the baseline" in table


def test_the_table_follows_the_choice(course: list[SectionRecord]) -> None:
    first, second, third = (record.section for record in course[:3])
    box = choice(course, first, second)
    lists, shown = box.children
    assert shown.value == pair_table(course, first, second).html
    assert lists.children[1].options == tuple(record.section for record in course)
    lists.children[1].value = third
    assert shown.value == pair_table(course, first, third).html

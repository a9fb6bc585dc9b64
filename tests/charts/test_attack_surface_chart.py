"""The chart of the attack surface has a row only for sections that were scanned and run."""

from dataclasses import replace

import pytest

from helpers.charts.attack_surface_chart import attack_surface_chart
from helpers.core.records import Contents, Health, Packages, Process, Run, SectionRecord
from tests.fixtures.section_records import Make

WHOLE = Contents(9, 9, 830, ("/bin/sh", "/bin/bash"), ("/usr/bin/apt",), ("/usr/bin/gcc",), ("/bin/su",))
BARE = Contents(3, 9, 1)


def measured(record: SectionRecord, contents: Contents | None, uid: int | None) -> SectionRecord:
    run = Run(Health(200, 0.031), process=None if uid is None else Process(uid, uid))
    return replace(record, measurement=replace(record.measurement, contents=contents, run=run))


def scanned(record: SectionRecord, packages: Packages) -> SectionRecord:
    return replace(record, measurement=replace(record.measurement, packages=packages))


@pytest.fixture
def records(make: Make) -> list[SectionRecord]:
    return [
        measured(make("01-naive", source="stand-in"), WHOLE, 0),
        measured(make("05-separate-stages", baseline=True), BARE, 0),
        scanned(measured(make("07-non-root-user"), BARE, 1001), Packages({"deb": 2, "go-module": 21})),
        measured(make("08-metadata"), None, 1001),
        measured(make("09-cache-mount"), BARE, None),
    ]


def test_each_section_that_was_scanned_and_run_has_its_counts(records: list[SectionRecord]) -> None:
    table = attack_surface_chart(records).table
    rows = [line.split() for line in table.splitlines()[2:5]]
    assert rows == [
        ["01-naive", "root", "2", "1", "1", "1", "830", "–"],
        ["†", "05-separate-stages", "root", "none", "none", "none", "none", "1", "–"],
        ["07-non-root-user", "uid", "1001", "none", "none", "none", "none", "1", "23"],
    ]
    assert "08-metadata" not in table and "09-cache-mount" not in table
    assert "stand-in" in table and "† from the baseline" in table


def test_the_shade_repeats_the_text(records: list[SectionRecord]) -> None:
    (cells,) = attack_surface_chart(records).figure.data
    assert cells.z[0] == [1, 1, 1, 1, 1, None, None] and cells.z[2] == [0, 0, 0, 0, 0, None, None]


def test_heads_stand_upright_where_they_would_overlap(records: list[SectionRecord]) -> None:
    axis = attack_surface_chart(records).figure.layout.xaxis
    assert axis.tickangle is None and list(axis.autotickangles) == [0, -90]
    assert max(len(line) for head in axis.ticktext for line in head.split("<br>")) <= 10

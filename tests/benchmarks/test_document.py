"""The JSON document with every measurement."""

import json

from benchmarks.result import Result
from benchmarks.runner import document, dumps

PAIR = Result("build", "cold", "s", (3.0, 1.0, 2.0), (2.0, 2.0, 2.0), "docker build", 1.02)
MISSING = Result("contents", "scan", "s", against="dive", limit=1.25, missing="dive is not installed")


def test_the_document_contains_every_measurement() -> None:
    (entry,) = document([PAIR], {})["benchmarks"]
    assert entry == {
        "subject": "build",
        "name": "cold",
        "unit": "s",
        "against": "docker build",
        "n": 3,
        "ours": [3.0, 1.0, 2.0],
        "theirs": [2.0, 2.0, 2.0],
        "median_ours": 2.0,
        "median_theirs": 2.0,
        "ratio": 1.0,
        "spread": [0.5, 1.5],
        "limit": 1.02,
        "holds": True,
        "not_measured": None,
    }


def test_missing_measurements_are_null_with_a_reason() -> None:
    (entry,) = document([MISSING], {})["benchmarks"]
    absent = {name for name, value in entry.items() if value is None}
    assert absent == {"ours", "theirs", "median_ours", "median_theirs", "ratio", "spread", "holds"}
    assert (entry["n"], entry["not_measured"]) == (0, "dive is not installed")


def test_the_document_describes_the_environment() -> None:
    read = json.loads(dumps([PAIR], {"machine": {"cpus": 2}, "versions": {"dive": None}}))
    assert (read["schema"], read["machine"], read["versions"]) == (1, {"cpus": 2}, {"dive": None})
    assert read["measured_at"].endswith("+00:00")

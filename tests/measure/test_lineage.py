"""A build that runs what the engine removed from the cache is noticed, and no other build is."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from helpers.core.records import Build, BuildInput, Instruction
from helpers.measure.lineage import Lineage

# Of whole runs on Docker Engine 20.10: each step's name, digest, inputs and whether it was cached
RECORDED = json.loads((Path(__file__).parent / "recorded" / "lineages.json").read_text(encoding="utf-8"))


def step(name: str, digest: str, inputs: list[str], cached: bool | None) -> Instruction:
    return Instruction(name, digest, tuple(inputs), cached)


def build(scenario: str, plain: dict[str, Any]) -> Build:
    steps = [tuple(step(*each) for each in plain[part]) for part in ("instructions", "engine_steps")]
    return Build(scenario, 1.0, "sha256:1", steps[0], steps[1], input=BuildInput("d", "", "", plain["context"]))


def recorded(section: str) -> dict[str, Build]:
    return {scenario: build(scenario, plain) for scenario, plain in RECORDED[section].items()}


def with_lost(build: Build, number: int) -> Build:
    """The build as it is if the engine has removed what the cache had of one instruction."""
    lost = replace(build.instructions[number], cached=False)
    return replace(build, instructions=(*build.instructions[:number], lost, *build.instructions[number + 1 :]))


def every_pair() -> list[tuple[str, str]]:
    return [(section, scenario) for section in RECORDED for scenario in RECORDED[section] if scenario != "cold"]


@pytest.mark.parametrize(("section", "scenario"), every_pair())
def test_it_never_fires_in_a_normal_run(section: str, scenario: str) -> None:
    builds = recorded(section)
    assert Lineage("a", builds["cold"]).lost(builds[scenario]) is None


@pytest.mark.parametrize(
    ("scenario", "number", "noticed"),
    [
        ("unchanged", 2, True),  # COPY go.mod go.sum ./, from the same context
        ("unchanged", 3, True),  # RUN go mod download
        ("unchanged", 4, True),  # COPY . .
        ("unchanged", 5, True),  # RUN go build
        ("source-edit", 2, False),  # it reads the context, in which a file has changed
        ("source-edit", 3, True),
        ("dependency-edit", 3, False),  # it needs go.mod, which has changed
    ],
)
def test_what_was_removed_is_noticed_where_nothing_else_explains_it(scenario: str, number: int, noticed: bool) -> None:
    builds = recorded("04-copy-go-mod-first")
    lost = Lineage("a", builds["cold"]).lost(with_lost(builds[scenario], number))
    assert (lost is not None) is noticed
    if lost:
        assert lost.text == builds[scenario].instructions[number].text


def test_another_context_explains_what_ran() -> None:
    builds = recorded("04-copy-go-mod-first")
    changed = with_lost(builds["unchanged"], 2)
    assert changed.input
    changed = replace(changed, input=replace(changed.input, context_digest="sha256:other"))
    assert Lineage("a", builds["cold"]).lost(changed) is None


@pytest.mark.parametrize(
    ("cold", "again", "noticed"),
    [
        (step("[2/2] RUN a", "2", ["1"], False), step("[2/2] RUN a", "9", ["1"], False), True),
        (step("[2/2] RUN a", "2", ["1"], False), step("[2/2] RUN b", "9", ["1"], False), False),  # another instruction
        (step("[2/2] RUN a", "2", ["1"], False), step("[2/2] RUN a", "9", ["?"], False), False),  # unknown input
        (step("[2/2] RUN a", "2", ["1"], False), step("[2/2] RUN a", "9", ["1"], True), False),
        (step("[2/2] WORKDIR /a", "2", ["1"], True), step("[2/2] WORKDIR /a", "9", ["1"], False), False),
        (step("[2/2] ADD http://a /", "2", ["1"], False), step("[2/2] ADD http://a /", "9", ["1"], False), False),
    ],
)
def test_an_instruction_is_lost_if_it_ran_before_and_needs_nothing_new(
    cold: Instruction, again: Instruction, noticed: bool
) -> None:
    base = step("[1/2] FROM a", "1", [], None)
    first, second = Build("cold", 1.0, "i", (base, cold)), Build("unchanged", 1.0, "i", (base, again))
    assert (Lineage("a", first).lost(second) == again) is noticed


def test_an_incomplete_trace_proves_nothing() -> None:
    builds = recorded("04-copy-go-mod-first")
    lost = replace(with_lost(builds["unchanged"], 3), trace_complete=False)
    assert Lineage("a", builds["cold"]).lost(lost) is None


def test_without_a_cold_build_nothing_is_known_to_be_missing() -> None:
    assert Lineage().lost(with_lost(recorded("04-copy-go-mod-first")["unchanged"], 3)) is None

"""The order of instructions, and what the cache did for each of them."""

from helpers.core.records import Build, Instruction, Scenario
from helpers.metrics.instructions import CacheUse, by_scenario, cache_use, in_order
from tests.charts.builds import COLD, SOURCE_EDIT

FROM = "[build 1/3] FROM docker.io/library/golang"
COPY = "[build 2/3] COPY . ."
CERTIFICATES = "[certs 2/2] RUN update-ca-certificates"


def test_the_cache_use_counts_neither_from_nor_the_engines_own_steps() -> None:
    assert cache_use(COLD) == CacheUse(ran=4, cached=0)
    assert cache_use(SOURCE_EDIT) == CacheUse(ran=3, cached=1)
    assert cache_use(Build("cold", 1.0, "")) == CacheUse(0, 0)


def test_instructions_are_in_dockerfile_order_each_once() -> None:
    assert [step.name for step in in_order([COLD, SOURCE_EDIT])] == [
        FROM,
        COPY,
        "[build 3/3] RUN --mount=type=cache,target=/go go build",
        CERTIFICATES,
        "[stage-2 1/1] COPY --from=build /api /api",
    ]


def test_positions_are_numbers() -> None:
    steps = tuple(Instruction(f"[{position:2}/12] RUN {position}") for position in (10, 9, 12))
    assert [step.position for step in in_order([Build("cold", 1.0, "", steps)])] == [9, 10, 12]


def test_each_instruction_has_its_outcome_in_each_scenario() -> None:
    known = by_scenario({"cold": COLD, "source-edit": SOURCE_EDIT})
    assert {scenario: step.cached for scenario, step in known[CERTIFICATES].items()} == {
        Scenario.COLD: False,
        Scenario.SOURCE_EDIT: True,
    }
    assert known[FROM][Scenario.COLD].cached is None


def test_an_instruction_that_a_build_lacks_has_no_outcome_there() -> None:
    shorter = Build("unchanged", 1.0, "", COLD.instructions[:1])
    known = by_scenario({"cold": COLD, "unchanged": shorter})
    assert sorted(len(outcomes) for outcomes in known.values()) == [1, 1, 1, 1, 2]

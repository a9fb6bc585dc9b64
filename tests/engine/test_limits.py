"""Which limits a container has, and what is said of an engine that can't keep them."""

import pytest

from helpers.engine.limits import limited, not_enforced


def test_a_memory_limit_is_one_on_swap_too() -> None:
    for options in (limited(), limited(hardened=True), limited(memory="4g")):
        assert options["mem_limit"] == options["memswap_limit"]


def test_hardened_it_gains_no_privileges_whatever_else_is_asked_for() -> None:
    assert limited(hardened=True, new_privileges=True)["security_opt"] == ["no-new-privileges"]
    assert "security_opt" not in limited(new_privileges=True)


def test_nothing_limits_the_processors() -> None:
    assert not {name for name in limited(hardened=True) if "cpu" in name}


@pytest.mark.parametrize(
    ("info", "said"),
    [
        ({"MemoryLimit": True, "PidsLimit": True}, ""),
        ({"MemoryLimit": False, "PidsLimit": True}, "this engine can't limit memory"),
        ({"MemoryLimit": False, "PidsLimit": False}, "this engine can't limit memory or processes"),
        ({}, ""),
    ],
)
def test_an_engine_that_only_warns_is_named(info: dict[str, bool], said: str) -> None:
    assert not_enforced(info) == said

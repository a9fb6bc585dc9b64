"""The limits of a container, and the note on an engine that can't enforce them."""

import pytest

from helpers.engine.ephemeral import limited, not_enforced


def test_a_memory_limit_also_limits_swap() -> None:
    for options in (limited(), limited(hardened=True), limited(memory="4g")):
        assert options["mem_limit"] == options["memswap_limit"]


def test_hardened_overrides_new_privileges() -> None:
    assert limited(hardened=True, new_privileges=True)["security_opt"] == ["no-new-privileges"]
    assert "security_opt" not in limited(new_privileges=True)


def test_cpu_is_not_limited() -> None:
    assert not {name for name in limited(hardened=True) if "cpu" in name}


@pytest.mark.parametrize(
    ("info", "note"),
    [
        ({"MemoryLimit": True, "PidsLimit": True}, ""),
        ({"MemoryLimit": False, "PidsLimit": True}, "this engine can't limit memory"),
        ({"MemoryLimit": False, "PidsLimit": False}, "this engine can't limit memory or processes"),
        ({}, ""),
    ],
)
def test_limits_that_are_not_enforced_are_named(info: dict[str, bool], note: str) -> None:
    assert not_enforced(info) == note

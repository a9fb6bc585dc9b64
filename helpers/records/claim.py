"""What became of a claim on this machine."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """A claim and whether its proof held here and now."""

    claim: str
    passed: bool
    detail: str = ""  # where it failed: what was seen instead; never part of a compared output
    source: str = ""  # the official page the claim rests on

"""The result of checking a claim on this machine."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """A claim, and whether its proof passed on this machine."""

    claim: str
    passed: bool
    detail: str = ""  # if it failed, what was found instead; never part of compared output
    source: str = ""  # URL of the official page that documents it

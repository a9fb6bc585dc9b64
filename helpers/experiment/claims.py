"""Claims: what a section says is true, and how that is proved from what the engine did."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from helpers.records import Check
from helpers.records.errors import WorkbookError

Subject = TypeVar("Subject")


@dataclass(frozen=True)
class Claim(Generic[Subject]):
    """A sentence that a section proves on the reader's machine."""

    sentence: str
    proof: Callable[[Subject], object]  # what it returns is taken for true or false
    source: str = ""  # the official page the claim rests on


def prove(claim: Claim[Subject], subject: Subject) -> Check:
    """Whether the claim holds here and now. A proof that cannot be carried out has failed, and says why.

    Raises what is nobody's claim: errors that are not of the course.
    """
    try:
        passed, detail = bool(claim.proof(subject)), ""
    except (WorkbookError, LookupError) as error:
        passed, detail = False, str(error)
    return Check(claim.sentence, passed, detail, claim.source)

"""Claims: what a section says is true, and how it is proved from measurements."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from helpers.core.errors import DiskFull, EngineStopped, WorkbookError
from helpers.core.records import Check

Subject = TypeVar("Subject")


class DoesNotApply(Exception):
    """The claim makes no sense for what is measured; the message is the reason, as a sentence."""


@dataclass(frozen=True)
class Claim(Generic[Subject]):
    """A sentence that a section proves on your machine."""

    sentence: str
    proof: Callable[[Subject], object]  # its result is converted to bool
    source: str = ""  # URL of the official page that documents it


def prove(claim: Claim[Subject], subject: Subject) -> Check:
    """Whether the claim is true of `subject`. A proof that raises WorkbookError or LookupError counts as failed.

    A proof that raises DoesNotApply neither passed nor failed. Raises EngineStopped and DiskFull, which are about the
    engine, and all other errors: they are bugs in the proof.
    """
    try:
        passed, detail = bool(claim.proof(subject)), ""
    except (EngineStopped, DiskFull):
        raise  # says nothing about what is measured
    except (WorkbookError, LookupError) as error:
        passed, detail = False, str(error)
    except DoesNotApply as reason:
        return Check(claim.sentence, False, str(reason), claim.source, applies=False)
    return Check(claim.sentence, passed, detail, claim.source)

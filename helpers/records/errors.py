"""Everything that can go wrong and has a mend.

WorkbookError
├── EngineError
│   ├── EngineNotFound      nothing answers
│   ├── EngineRefused       what answers cannot do the course (Podman, no BuildKit)
│   └── EngineStopped       it answered before and does not any more
├── BaseImageError          neither pulled nor made
├── BuildFailed             an instruction, the Dockerfile or the context is at fault
├── ContainerError
│   ├── ContainerExited     it ended before it answered
│   └── NeverHealthy        it runs and does not answer
├── DiskFull
├── UnknownSection
└── ClaimsFailed            one or more claims of a section did not hold
"""

from collections.abc import Callable

from helpers.records.printable import printable


class WorkbookError(Exception):
    """What went wrong, in one sentence, and what mends it. Both are safe to print, whoever's words are in them."""

    exit_status = 2

    def __init__(self, message: str, hint: str = "") -> None:
        self.message = printable(message)
        self.hint = printable(hint)
        super().__init__(self.message)

    def change(self, words: Callable[[str], str]) -> None:
        """Puts `words(text)` in place of each text of the error."""
        self.message, self.hint = words(self.message), words(self.hint)
        self.args = (self.message,)

    def __str__(self) -> str:
        return f"{self.message}\n→ {self.hint}" if self.hint else self.message

    def _render_traceback_(self) -> list[str]:
        """What IPython prints in place of a traceback: a reader needs the sentence, not our call stack."""
        return [f"{type(self).__name__}: {self}"]


class EngineError(WorkbookError):
    """The Docker Engine is at fault."""


class EngineNotFound(EngineError):
    """No Docker Engine answers."""


class EngineRefused(EngineError):
    """What answers is not an engine that the course can use."""


class EngineStopped(EngineError):
    """The engine answered before and does not any more."""


class BaseImageError(WorkbookError):
    """A base image could neither be pulled nor made."""


class BuildFailed(WorkbookError):
    """A build ended without an image."""


class ContainerError(WorkbookError):
    """A container did not do what was asked of it."""


class ContainerExited(ContainerError):
    """The container ended before it answered."""


class NeverHealthy(ContainerError):
    """The container runs and does not answer."""


class DiskFull(WorkbookError):
    """No space left, on this machine or the engine's."""


class UnknownSection(WorkbookError):
    """No section has that name."""


class ClaimsFailed(WorkbookError):
    """Claims of a section did not hold here and now."""

    exit_status = 1

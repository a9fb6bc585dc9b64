"""The course's errors: a message, and a hint on how to fix it.

WorkbookError
├── EngineError
│   ├── EngineNotFound      no engine answers
│   ├── EngineRefused       the engine can't run the course (Podman, no BuildKit)
│   └── EngineStopped       the engine no longer answers
├── BaseImageError          could be neither pulled nor made
├── BuildFailed             because of an instruction, the Dockerfile or the context
├── ContainerError
│   ├── ContainerExited     exited before it answered
│   └── NeverHealthy        runs, but doesn't answer
├── DiskFull
├── UnknownSection
└── ClaimsFailed            one or more claims of a section failed
"""

from collections.abc import Callable

from helpers.core.printable import printable


class WorkbookError(Exception):
    """A one-sentence message and a hint. Control characters are removed from both, so they are safe to print."""

    exit_status = 2
    original = ""  # what the engine itself said, if the message puts it in other words

    def __init__(self, message: str, hint: str = "") -> None:
        self.message = printable(message)
        self.hint = printable(hint)
        super().__init__(self.message)

    def change(self, words: Callable[[str], str]) -> None:
        """Replaces each text of the error with `words(text)`."""
        self.message, self.hint, self.original = words(self.message), words(self.hint), words(self.original)
        self.args = (self.message,)

    def __str__(self) -> str:
        return f"{self.message}\n→ {self.hint}" if self.hint else self.message

    def _render_traceback_(self) -> list[str]:
        """What IPython prints instead of a traceback: you need the message, not our call stack."""
        return [f"{type(self).__name__}: {self}"]


class EngineError(WorkbookError):
    """A problem with the Docker Engine."""


class EngineNotFound(EngineError):
    """No Docker Engine answers."""


class EngineRefused(EngineError):
    """The engine that answers can't run the course."""


class EngineStopped(EngineError):
    """The engine answered before and no longer does."""


class BaseImageError(WorkbookError):
    """A base image could be neither pulled nor made."""


class BuildFailed(WorkbookError):
    """A build ended without an image."""


class ContainerError(WorkbookError):
    """A container did not do what it should."""


class ContainerExited(ContainerError):
    """The container exited before it answered."""


class NeverHealthy(ContainerError):
    """The container runs but doesn't answer."""


class DiskFull(WorkbookError):
    """No disk space left, on this machine or the engine's."""


class UnknownSection(WorkbookError):
    """No section has that name."""


class ClaimsFailed(WorkbookError):
    """One or more claims of a section failed on this machine."""

    exit_status = 1


class SetupError(Exception):
    """What is wrong on this machine, and a hint that says how to fix it."""

    exit_status = 2

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return self.message + ("\n→ " + self.hint if self.hint else "")

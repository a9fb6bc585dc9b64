"""The one error of setting up: what went wrong and what mends it."""


class SetupError(Exception):
    """What is missing on this machine, in one sentence, and the line that mends it."""

    exit_status = 2

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return self.message + ("\n→ " + self.hint if self.hint else "")

"""The error that setup raises."""


class SetupError(Exception):
    """What is wrong on this machine, and a hint that says how to fix it."""

    exit_status = 2

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return self.message + ("\n→ " + self.hint if self.hint else "")

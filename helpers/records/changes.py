"""How the file systems of two images differ."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Change:
    """One regular file that differs. The path is absolute."""

    path: str
    before: int | None  # bytes; None: the file doesn't exist
    after: int | None

    @property
    def difference(self) -> int:
        """Growth in bytes; negative if the file shrank."""
        return (self.after or 0) - (self.before or 0)


@dataclass(frozen=True, slots=True)
class Changes:
    """The files that were added, removed or resized."""

    before: str  # the images' names
    after: str
    files: tuple[Change, ...] = ()  # largest differences first; not complete
    added: tuple[int, int] = (0, 0)  # number of files, and the growth in bytes
    removed: tuple[int, int] = (0, 0)
    resized: tuple[int, int] = (0, 0)

"""How the file system of one image differs from that of another."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Change:
    """One regular file that is not the same in both. The path is absolute."""

    path: str
    before: int | None  # bytes; None: it is not there
    after: int | None

    @property
    def difference(self) -> int:
        """Bytes more than before."""
        return (self.after or 0) - (self.before or 0)


@dataclass(frozen=True, slots=True)
class Changes:
    """The files that came, went, or have another size."""

    before: str  # the images' names
    after: str
    files: tuple[Change, ...] = ()  # the largest differences first, not all of them
    added: tuple[int, int] = (0, 0)  # how many files, and how many bytes more that makes
    removed: tuple[int, int] = (0, 0)
    resized: tuple[int, int] = (0, 0)

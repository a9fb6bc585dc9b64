"""What `clean` did: the lines about what it removed, apart from those about what is left."""

from collections.abc import Iterable


class Cleaned(list[str]):
    """A line for each thing removed, then one for each thing left, with the reason."""

    def __init__(self, done: Iterable[str] = (), left: Iterable[str] = ()) -> None:
        self.done, self.left = [*done], [*left]
        super().__init__([*self.done, *self.left])


def joined(parts: Iterable[Cleaned]) -> Cleaned:
    """All parts as one: what each removed, then what each left."""
    found = [*parts]
    return Cleaned((line for part in found for line in part.done), (line for part in found for line in part.left))

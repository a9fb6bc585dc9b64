"""What was read of images before, kept in the store: a layer that one notebook has read is not read by the next."""

from collections.abc import Callable, Iterator, MutableMapping

from helpers.experiment.store import Store


class Remembered(MutableMapping[str, bytes]):
    """Contents by names that stand for them, in the store; what is in it is true for ever.

    `hide` replaces what must not be stored.
    """

    def __init__(self, store: Store | None = None, hide: Callable[[str], str] = str) -> None:
        self._store, self._hide = store or Store(), hide

    def __getitem__(self, name: str) -> bytes:
        with self._store.open() as database:
            row = database.execute("SELECT content FROM memory WHERE name = ?", (name,)).fetchone()
        if row is None:
            raise KeyError(name)
        return bytes(row[0])

    def __setitem__(self, name: str, content: bytes) -> None:
        if content.startswith(b"{"):  # JSON, in which the texts of an image are; all else is numbers or compressed
            content = self._hide(content.decode()).encode()
        with self._store.open() as database:
            database.execute("INSERT OR REPLACE INTO memory VALUES (?, ?)", (name, content))

    def __delitem__(self, name: str) -> None:
        with self._store.open() as database:
            if not database.execute("DELETE FROM memory WHERE name = ?", (name,)).rowcount:
                raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        with self._store.open() as database:
            return iter([row[0] for row in database.execute("SELECT name FROM memory ORDER BY name")])

    def __len__(self) -> int:
        with self._store.open() as database:
            return int(database.execute("SELECT COUNT(*) FROM memory").fetchone()[0])

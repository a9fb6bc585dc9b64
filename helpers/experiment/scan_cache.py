"""A cache of image scans in the store, so that a layer is read only once for all notebooks."""

import time
from collections.abc import Callable, Iterator, MutableMapping

from helpers.experiment.store import Store

# Version of the serialized bytes (packed.py, listing.py, compressed.py, packages.py): increase when they change.
FORMAT = 1
_DAY = 86_400  # seconds
KEPT_SECONDS = 60 * _DAY  # since last use
KEPT_BYTES = 512_000_000


class ScanCache(MutableMapping[str, bytes]):
    """Scan results by a name that identifies their content; entries in another format count as missing.

    `hide` masks secrets before they are stored.
    """

    def __init__(self, store: Store | None = None, hide: Callable[[str], str] = str) -> None:
        self._store, self._hide = store or Store(), hide

    def __getitem__(self, name: str) -> bytes:
        now = int(time.time())
        with self._store.open() as database:
            found = "SELECT content, used FROM scans WHERE name = ? AND format = ?"
            row = database.execute(found, (name, FORMAT)).fetchone()
            if row and now - row[1] > _DAY:  # one update a day is enough to know which entries are in use
                database.execute("UPDATE scans SET used = ? WHERE name = ?", (now, name))
        if row is None:
            raise KeyError(name)
        return bytes(row[0])

    def __setitem__(self, name: str, content: bytes) -> None:
        if content.startswith(b"{"):  # only JSON contains text from an image; the rest is numbers or compressed
            content = self._hide(content.decode()).encode()
        with self._store.open() as database:
            row = (name, FORMAT, int(time.time()), content)
            database.execute("INSERT OR REPLACE INTO scans VALUES (?, ?, ?, ?)", row)

    def __delitem__(self, name: str) -> None:
        with self._store.open() as database:
            if not database.execute("DELETE FROM scans WHERE name = ?", (name,)).rowcount:
                raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        with self._store.open() as database:
            rows = database.execute("SELECT name FROM scans WHERE format = ? ORDER BY name", (FORMAT,))
            return iter([row[0] for row in rows])

    def __len__(self) -> int:
        with self._store.open() as database:
            return int(database.execute("SELECT COUNT(*) FROM scans WHERE format = ?", (FORMAT,)).fetchone()[0])

    def prune(self, seconds: int = KEPT_SECONDS, size: int = KEPT_BYTES) -> None:
        """Deletes entries in another format or unused for `seconds`, and the oldest by use beyond `size` bytes."""
        newest_first = "SELECT name, SUM(LENGTH(content)) OVER (ORDER BY used DESC, name) AS bytes FROM scans"
        with self._store.open() as database:
            database.execute("DELETE FROM scans WHERE format != ? OR used < ?", (FORMAT, int(time.time()) - seconds))
            database.execute(
                f"DELETE FROM scans WHERE name IN (SELECT name FROM ({newest_first}) WHERE bytes > ?)", (size,)
            )

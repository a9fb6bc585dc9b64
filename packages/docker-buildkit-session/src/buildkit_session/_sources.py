"""Where the bytes of a transfer's files come from, by the number that the engine asks by.

They are kept until the engine has asked for all that it lacks, so for every file of the context: a location as an
object of its own would take a hundred bytes and more.
"""

import os
from array import array

from buildkit_session._entry import Bytes


class Sources:
    """A list of sources that only grows. Locations are kept as names, and each folder is kept once."""

    def __init__(self) -> None:
        self._names, self._ends = bytearray(), array("Q", [0])  # the names, one after the other, and where each ends
        self._folders, self._folder_of = [""], array("L")
        self._others: dict[int, Bytes] = {}  # bytes and pieces, by number

    def append(self, source: Bytes) -> None:
        """Adds the source with the next number."""
        if isinstance(source, str):
            above, separator, name = source.rpartition(os.sep)
            folder = above + separator
        else:
            folder, name = self._folders[-1], ""
            self._others[len(self._folder_of)] = source
        if folder != self._folders[-1]:  # the entries of a folder come one after the other
            self._folders.append(folder)
        self._folder_of.append(len(self._folders) - 1)
        self._names += os.fsencode(name)
        self._ends.append(len(self._names))

    def __getitem__(self, number: int) -> Bytes:
        if number in self._others:
            return self._others[number]
        begin, end = self._ends[number], self._ends[number + 1]
        return self._folders[self._folder_of[number]] + os.fsdecode(bytes(self._names[begin:end]))

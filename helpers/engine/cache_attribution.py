"""Which records of the engine's build cache a build of ours made. Pure: it compares what it is given.

No metadata of a build reaches the records of the build cache. A record counts as ours only if its type, description,
parents and creation time are those of an instruction that we saw run, and only if there are exactly as many such
records as instructions. In doubt it is somebody else's.
"""

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from buildkit_session import CacheRecord, parse_name

Records = Mapping[str, CacheRecord]

REGULAR, CACHE_MOUNT, LOCAL = "regular", "exec.cachemount", "source.local"
_NEVER = 1 << 63  # nanoseconds
_MARGIN = 10_000_000  # nanoseconds by which a record's creation may lie outside its instruction's times
_RUN = re.compile(r"^RUN(?P<flags>(?:\s+--\S+)*)\s+(?P<command>.*)$", re.DOTALL)
_TARGET = re.compile(r"\b(?:target|dst|destination)=([^,\s]+)")
_FILE_OPERATIONS = ("COPY", "ADD", "WORKDIR")
_SHELL = r"/\S*sh(?: -\w+| pipefail)* -\w*c "  # /bin/sh -c, or what a SHELL instruction names
_RAN = "mount / from exec "
_LOADS = {
    "[internal] load build definition": "local source for dockerfile",
    "[internal] load .dockerignore": "local source for context",
    "[internal] load build context": "local source for context",
}


@dataclass(frozen=True, slots=True)
class Vertex:
    """A vertex of one of our builds, as its trace reported it. Times as a record's, 0 where it never came to that."""

    build: str
    digest: str
    name: str
    inputs: tuple[str, ...]
    started: int
    completed: int
    cached: bool
    failed: bool


Graph = Mapping[tuple[str, str], Vertex]  # by build and digest


@dataclass(frozen=True, slots=True)
class _Slot:
    """A record that a vertex should have made: of which type, with which description."""

    vertex: Vertex
    type: str
    describes: Callable[[str], bool]
    has_parents: bool


def attributed(
    vertexes: Sequence[Vertex], records: Records, known: Collection[str] = (), ended: Collection[str] = ()
) -> set[str]:
    """The IDs of the records that these vertexes made, without those that are `known` already.

    A build that has `ended` may have been cut off in the middle of an instruction. Its record counts where it is built
    on one that is private: nobody else can have built on that.
    """
    graph = {(vertex.build, vertex.digest): vertex for vertex in vertexes}
    new = {identity: record for identity, record in records.items() if identity not in known}
    found = _exactly(filter(_ran, vertexes), new.values(), records, graph)
    ours = {*known, *found}
    cut_off = [replace(each, completed=_NEVER) for each in vertexes if each.build in ended and _was_cut_off(each)]
    above = [each for each in new.values() if each.id not in ours and _is_above_private(each, records, ours)]
    return found | _exactly(cut_off, above, records, graph)


def _exactly(
    vertexes: Iterable[Vertex], candidates: Collection[CacheRecord], records: Records, graph: Graph
) -> set[str]:
    """The candidates that fit, where there are as many of them as instructions that could have made them."""
    slots = [slot for vertex in vertexes for slot in _slots(vertex)]
    fitting = [{record.id for record in candidates if _fits(record, slot, records, graph)} for slot in slots]
    return {identity for number, found in _groups(fitting) if number == len(found) for identity in found}


def _was_cut_off(vertex: Vertex) -> bool:
    return bool(vertex.started) and not vertex.completed


def _is_above_private(record: CacheRecord, records: Records, ours: Collection[str]) -> bool:
    return any(parent in ours and is_private(records[parent], records, ours) for parent in record.parents)


def is_private(record: CacheRecord, records: Records, ours: Collection[str]) -> bool:
    """Whether nobody else's build can have the record's key, where ours have an extra host of their own.

    That is part of the key of RUN, and so of all that is built on it; a cache mount has a namespace, a folder that was
    sent has its own name. COPY and WORKDIR right on a base image are shared by all builds that do the same.
    """
    if record.type in (CACHE_MOUNT, LOCAL):
        return True
    if record.id in ours and record.description.startswith(_RAN):
        return True
    return any(is_private(records[parent], records, ours) for parent in record.parents if parent in records)


def others_at_work(records: Records, ours: Collection[str], since: int) -> bool:
    """Whether a build that is not ours ran since then: it made a record, or sent files from a folder.

    Whether a record is in use says nothing: after a build that was cancelled, an engine may hold some for good (seen on
    20.10.24). When a record was last used is told once a build lets go of it, so a use that goes on shows later.
    """
    theirs = (record for identity, record in records.items() if identity not in ours)
    return any(record.created >= since or (record.type == LOCAL and record.last_used >= since) for record in theirs)


def _ran(vertex: Vertex) -> bool:
    """A FROM may say that it was cached and still have made the record of its image."""
    return bool(vertex.started and vertex.completed) and (not vertex.cached or "] FROM " in vertex.name)


def _slots(vertex: Vertex) -> Iterator[_Slot]:
    """What a vertex leaves in the cache; nothing for what we do not know."""
    for beginning, description in _LOADS.items():
        if vertex.name.startswith(beginning):
            yield _Slot(vertex, LOCAL, description.__eq__, has_parents=False)
    found = parse_name(vertex.name)
    if found is None:
        return
    if found.keyword == "FROM":
        yield _Slot(vertex, REGULAR, _is_base, has_parents=False)
    elif found.keyword == "RUN":
        yield from _slots_of_run(vertex, found.text)
    elif not vertex.failed:
        text = None if vertex.cached else found.text  # equal files may have been copied by another instruction
        yield _Slot(vertex, REGULAR, partial(_copies, text), has_parents=found.position > 1)


def _slots_of_run(vertex: Vertex, text: str) -> Iterator[_Slot]:
    """The root file system that RUN made, where it did not fail, and each cache mount that may be new."""
    found = _RUN.match(text)
    if found is None:
        return
    command = found["command"]
    if not vertex.failed:
        yield _Slot(vertex, REGULAR, lambda told: told.startswith(_RAN) and _runs(told, command), has_parents=True)
    for flag in found["flags"].split():
        target = _TARGET.search(flag)
        if "type=cache" in flag and target:
            yield _Slot(vertex, CACHE_MOUNT, partial(_mounts, target[1], command), has_parents=False)


def _copies(text: str | None, description: str) -> bool:
    """Whether a description is that of this COPY, ADD or WORKDIR, of any where no text is given."""
    if description == "fileop target":
        return True
    found = parse_name(description)
    return bool(found and found.keyword in _FILE_OPERATIONS and text in (None, found.text))


def _mounts(target: str, command: str, description: str) -> bool:
    return description.startswith(f"cached mount {target} from exec ") and _runs(description, command)


def _runs(description: str, command: str) -> bool:
    """Whether a description is that of the command of a RUN; later engines add the cache mount's ID."""
    told = description.partition(' with id "')[0].partition(" from exec ")[2]
    return bool(re.fullmatch(_SHELL + re.escape(command), told)) or told == _exec_form(command)


def _exec_form(command: str) -> str | None:
    """The words of `RUN ["program", "argument"]`; None for the shell form."""
    try:
        words = json.loads(command)
    except ValueError:
        return None
    return " ".join(map(str, words)) if isinstance(words, list) else None


def _is_base(description: str) -> bool:
    return description.startswith(("from local", "pulled from "))


def _fits(record: CacheRecord, slot: _Slot, records: Records, graph: Graph) -> bool:
    vertex = slot.vertex
    return (
        record.type == slot.type
        and vertex.started - _MARGIN <= record.created <= vertex.completed + _MARGIN
        and slot.describes(record.description)
        and _stands_on(record, slot, records, graph)
    )


def _stands_on(record: CacheRecord, slot: _Slot, records: Records, graph: Graph) -> bool:
    """Whether the record's parents are, one below the other, what the vertex's inputs would have made."""
    if slot.describes is _is_base:  # the containerd store has a record for each layer of an image
        return all(parent in records and _is_base(records[parent].description) for parent in record.parents)
    if not record.parents:
        return not slot.has_parents
    if len(record.parents) > 1 or record.parents[0] not in records:
        return False
    parent = records[record.parents[0]]
    below = (graph.get((slot.vertex.build, digest)) for digest in slot.vertex.inputs)
    return any(
        parent.type == each.type and each.describes(parent.description) and _stands_on(parent, each, records, graph)
        for vertex in below
        if vertex
        for each in _slots(vertex)
    )


def _groups(candidates: Sequence[set[str]]) -> Iterable[tuple[int, set[str]]]:
    """Slots that share a candidate belong together: how many there are of them, and all their candidates."""
    groups: list[tuple[int, set[str]]] = []
    for found in candidates:
        if not found:
            continue
        apart = [group for group in groups if not group[1] & found]
        joined = [group for group in groups if group[1] & found]
        number = 1 + sum(each for each, _ in joined)
        groups = [*apart, (number, found.union(*(ids for _, ids in joined)))]
    return groups

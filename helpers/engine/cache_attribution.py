"""Which records of the engine's build cache the course's own builds created. Pure functions.

Cache records carry no metadata of the build that created them. A record counts as ours only if its type, description,
parents and creation time match an instruction that we saw run, and only if there are exactly as many such records as
instructions. In doubt, it belongs to another build.
"""

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from buildkit_session import CacheRecord

from helpers.core import vertex_names

Records = Mapping[str, CacheRecord]

REGULAR, CACHE_MOUNT, LOCAL = "regular", "exec.cachemount", "source.local"
_NEVER = 1 << 63  # nanoseconds
_MARGIN = 10_000_000  # nanoseconds by which a record's creation may be outside its instruction's start and end
_RUN = re.compile(r"^(?:ONBUILD )?RUN(?P<flags>(?:\s+--\S+)*)\s+(?P<command>.*)$", re.DOTALL)
_TARGET = re.compile(r"\b(?:target|dst|destination)=([^,\s]+)")
_FILE_OPERATIONS = ("COPY", "ADD", "WORKDIR")
_SHELL = r"/\S*sh(?: -\w+| pipefail)* -\w*c "  # /bin/sh -c, or the shell of a SHELL instruction
_RAN = "mount / from exec "
_SOURCES = {
    "build definition": "local source for dockerfile",
    ".dockerignore": "local source for context",
    "build context": "local source for context",
}


@dataclass(frozen=True, slots=True)
class Vertex:
    """A vertex of one of our builds, from its trace. Times are in a record's units; 0 if the event never happened."""

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
    """A record that a vertex should have created: its type and a test for its description."""

    vertex: Vertex
    type: str
    describes: Callable[[str], bool]
    has_parents: bool


def attributed(
    vertexes: Sequence[Vertex], records: Records, known: Collection[str] = (), ended: Collection[str] = ()
) -> dict[str, set[str]]:
    """The IDs of the records that these vertexes created, without those already `known`, and the builds of each.

    It has several builds if it matches an instruction of each. A build in `ended` may have been interrupted in the
    middle of an instruction. The record of that instruction counts if its parent is private: no other build can have a
    child of a private record.
    """
    graph = {(vertex.build, vertex.digest): vertex for vertex in vertexes}
    first = min((vertex.started for vertex in vertexes if vertex.started), default=_NEVER) - _MARGIN
    new = {each.id: each for each in records.values() if each.id not in known and each.created >= first}
    found = _unambiguous(filter(_ran, vertexes), new.values(), records, graph)
    ours = {*known, *found}
    interrupted = [
        replace(each, completed=_NEVER) for each in vertexes if each.build in ended and _was_interrupted(each)
    ]
    above = [each for each in new.values() if each.id not in ours and _has_private_parent(each, records, ours)]
    return {**found, **_unambiguous(interrupted, above, records, graph)}


def _unambiguous(
    vertexes: Iterable[Vertex], candidates: Collection[CacheRecord], records: Records, graph: Graph
) -> dict[str, set[str]]:
    """The matching candidates, if there are exactly as many as instructions that could have created them."""
    slots = [slot for vertex in vertexes for slot in _slots(vertex)]
    fitting = [{record.id for record in candidates if _matches(record, slot, records, graph)} for slot in slots]
    return {
        identity: {slot.vertex.build for slot, fits in zip(slots, fitting, strict=True) if identity in fits}
        for number, found in _groups(fitting)
        if number == len(found)
        for identity in found
    }


def _was_interrupted(vertex: Vertex) -> bool:
    return bool(vertex.started) and not vertex.completed


def _has_private_parent(record: CacheRecord, records: Records, ours: Collection[str]) -> bool:
    return any(parent in ours and is_private(records[parent], records, ours) for parent in record.parents)


def is_private(record: CacheRecord, records: Records, ours: Collection[str]) -> bool:
    """Whether no other build can have the record's cache key, given that our builds set an extra host of their own.

    The extra host is part of the key of every RUN, and so of its descendants. Cache mounts have their own namespace,
    and sent folders their own name. COPY and WORKDIR directly on a base image are shared with every build that does
    the same.
    """
    if record.type in (CACHE_MOUNT, LOCAL):
        return True
    if record.id in ours and record.description.startswith(_RAN):
        return True
    return any(is_private(records[parent], records, ours) for parent in record.parents if parent in records)


def others_at_work(records: Records, ours: Collection[str], since: int) -> bool:
    """Whether another build ran since `since`: it created a record, or sent files from a folder.

    `in_use` is no evidence: after a cancelled build, an engine may keep records in use until it restarts (seen on
    20.10.24). `last_used` is set when a build releases a record, so a use in progress shows up later.
    """
    theirs = (record for identity, record in records.items() if identity not in ours)
    return any(record.created >= since or (record.type == LOCAL and record.last_used >= since) for record in theirs)


def _ran(vertex: Vertex) -> bool:
    """Whether it ran. A FROM may be reported as cached and still have created the record of its image."""
    return bool(vertex.started and vertex.completed) and (not vertex.cached or _is_from(vertex))


def _is_from(vertex: Vertex) -> bool:
    name = vertex_names.parse(vertex.name)
    return name.is_instruction and name.keyword == "FROM"


def _slots(vertex: Vertex) -> Iterator[_Slot]:
    """The records that a vertex creates; none for unknown kinds of vertex."""
    name = vertex_names.parse(vertex.name)
    for beginning, description in _SOURCES.items():
        if name.loads.startswith(beginning):
            yield _Slot(vertex, LOCAL, description.__eq__, has_parents=False)
    if name.is_instruction:
        yield from _slots_of_instruction(vertex, name)


def _slots_of_instruction(vertex: Vertex, name: vertex_names.VertexName) -> Iterator[_Slot]:
    if _is_from(vertex):
        yield _Slot(vertex, REGULAR, _is_base, has_parents=False)
    elif name.keyword == "RUN":
        yield from _slots_of_run(vertex, name.text)
    elif not vertex.failed:
        text = None if vertex.cached else name.text  # another instruction may have copied the same files
        yield _Slot(vertex, REGULAR, partial(_copies, text), has_parents=name.position > 1)


def _slots_of_run(vertex: Vertex, text: str) -> Iterator[_Slot]:
    """The record of RUN's root file system, unless it failed, and of each cache mount that may be new."""
    found = _RUN.match(text)
    if found is None:
        return
    command = found["command"]
    if not vertex.failed:
        yield _Slot(vertex, REGULAR, lambda text: text.startswith(_RAN) and _runs(text, command), has_parents=True)
    for flag in found["flags"].split():
        target = _TARGET.search(flag)
        if "type=cache" in flag and target:
            yield _Slot(vertex, CACHE_MOUNT, partial(_mounts, target[1], command), has_parents=False)


def _copies(text: str | None, description: str) -> bool:
    """Whether a description is that of this COPY, ADD or WORKDIR; of any of them if `text` is None."""
    if description == "fileop target":
        return True
    name = vertex_names.parse(description)
    return name.is_instruction and name.keyword in _FILE_OPERATIONS and text in (None, name.text)


def _mounts(target: str, command: str, description: str) -> bool:
    return description.startswith(f"cached mount {target} from exec ") and _runs(description, command)


def _runs(description: str, command: str) -> bool:
    """Whether a description is that of this RUN command; later engines append the cache mount's ID."""
    ran = description.partition(' with id "')[0].partition(" from exec ")[2]
    return bool(re.fullmatch(_SHELL + re.escape(command), ran)) or ran == _exec_form(command)


def _exec_form(command: str) -> str | None:
    """The words of `RUN ["program", "argument"]`; None for the shell form."""
    try:
        words = json.loads(command)
    except ValueError:
        return None
    return " ".join(map(str, words)) if isinstance(words, list) else None


def _is_base(description: str) -> bool:
    return description.startswith(("from local", "pulled from "))


def _matches(record: CacheRecord, slot: _Slot, records: Records, graph: Graph) -> bool:
    vertex = slot.vertex
    return (
        record.type == slot.type
        and vertex.started - _MARGIN <= record.created <= vertex.completed + _MARGIN
        and slot.describes(record.description)
        and _has_parents_of(record, slot, records, graph)
    )


def _has_parents_of(record: CacheRecord, slot: _Slot, records: Records, graph: Graph) -> bool:
    """Whether the record's chain of parents matches the records that the vertex's inputs would have created."""
    if slot.describes is _is_base:  # the containerd store has a record for each layer of an image
        return all(parent in records and _is_base(records[parent].description) for parent in record.parents)
    if not record.parents:
        return not slot.has_parents
    if len(record.parents) > 1 or record.parents[0] not in records:
        return False
    parent = records[record.parents[0]]
    below = (graph.get((slot.vertex.build, digest)) for digest in slot.vertex.inputs)
    return any(
        parent.type == each.type
        and each.describes(parent.description)
        and _has_parents_of(parent, each, records, graph)
        for vertex in below
        if vertex
        for each in _slots(vertex)
    )


def _groups(candidates: Sequence[set[str]]) -> Iterable[tuple[int, set[str]]]:
    """Groups of slots that share candidates: the number of slots, and all their candidates."""
    groups: list[tuple[int, set[str]]] = []
    for found in candidates:
        if not found:
            continue
        apart = [group for group in groups if not group[1] & found]
        joined = [group for group in groups if group[1] & found]
        number = 1 + sum(each for each, _ in joined)
        groups = [*apart, (number, found.union(*(ids for _, ids in joined)))]
    return groups

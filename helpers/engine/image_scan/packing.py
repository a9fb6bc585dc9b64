"""What a scan found, as bytes for the cache: JSON made by cattrs, compressed if it lists many files."""

import zlib
from dataclasses import fields
from operator import attrgetter
from typing import Any, TypeVar

from cattrs.preconf.json import make_converter

Value = TypeVar("Value")

# Only our own entries are read, so no error has to name the field that is wrong: that would cost a third of the time.
_converter = make_converter(detailed_validation=False, omit_if_default=True)
_COMPACT = (",", ":")
_FASTEST = 1  # zlib level: speed matters more than size here


def store_as_list(record: type[Any]) -> None:
    """Stores this type of record, which has two fields or more, as a list of its fields, all of simple types.

    For one that a layer has tens of thousands of: a layer is then read in two thirds of the time.
    """
    _converter.register_unstructure_hook(record, attrgetter(*(each.name for each in fields(record))))
    _converter.register_structure_hook(record, lambda values, _: record(*values))


def to_json(value: object) -> bytes:
    """The records, dicts and lists in `value` as JSON; fields that have their default are left out."""
    return _converter.dumps(value, ensure_ascii=False, separators=_COMPACT).encode()


def from_json(stored: bytes, kind: type[Value]) -> Value:
    """The value of that type that was passed to `to_json`."""
    return _converter.loads(stored, kind)


def pack(value: object) -> bytes:
    """Like `to_json`, compressed. Strings can have lone surrogates, which tarfile uses for names that aren't UTF-8."""
    return zlib.compress(_converter.dumps(value, separators=_COMPACT).encode(), _FASTEST)


def unpack(packed: bytes, kind: type[Value]) -> Value:
    """The value of that type that was passed to `pack`."""
    return from_json(zlib.decompress(packed), kind)

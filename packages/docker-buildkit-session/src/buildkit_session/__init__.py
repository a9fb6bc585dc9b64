"""Builds with BuildKit through the Docker SDK for Python, as `docker build` makes them.

The SDK's own `images.build` is the classic builder. `build` offers the engine a BuildKit session on the SDK's
connection, serves the build context, secrets and registry credentials over it, and reports what the engine does.

    context   what COPY can see: a folder, a tar archive, a mapping
    events    what is reported while the build runs
    vertex    the steps of a build, and the grammar of their names
    cache     the records of the build cache, and their removal
"""

from buildkit_session._build import BuildCancelled, CancelToken, Result, build
from buildkit_session.cache import CacheRecord, cache_records, has_buildkit, prune
from buildkit_session.context import Archive, Context, Files
from buildkit_session.events import (
    BuildWarning,
    ByteProgress,
    Event,
    LogLine,
    VertexAdded,
    VertexFinished,
    VertexStarted,
)
from buildkit_session.vertex import Instruction, Vertex, parse_name

__all__ = [
    "Archive",
    "BuildCancelled",
    "BuildWarning",
    "ByteProgress",
    "CacheRecord",
    "CancelToken",
    "Context",
    "Event",
    "Files",
    "Instruction",
    "LogLine",
    "Result",
    "Vertex",
    "VertexAdded",
    "VertexFinished",
    "VertexStarted",
    "build",
    "cache_records",
    "has_buildkit",
    "parse_name",
    "prune",
]

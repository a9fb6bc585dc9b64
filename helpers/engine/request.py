"""What a section asks the engine to build, and how."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from buildkit_session import Context


@dataclass(frozen=True)
class Request:
    """What is to be built, and how. The Dockerfile is a text, apart from the context, as `docker build -f` has it."""

    context: Context
    dockerfile: str
    dockerignore: str | None = None  # the Dockerfile's own, which goes before the context's
    tag: str | None = None
    target: str | None = None
    no_cache: bool = False
    build_args: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)  # values by ID, for RUN --mount=type=secret
    extra_hosts: Mapping[str, str] = field(
        default_factory=dict
    )  # as `--add-host`; the names are part of RUN's cache key

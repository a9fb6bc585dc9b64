"""A folder that is built, and what there is to know of the program in it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from helpers.experiment.edits import Editable, editable
from helpers.records.secrets import hiding, secret_build_args


@dataclass(frozen=True)
class Project:
    """What is built: a folder, and how its program is asked whether it is well."""

    folder: Path
    port: int = 8080
    health_path: str = "/health"
    slow_path: str | None = None  # answers after a while: shows what SIGTERM does to a request in flight
    source: str | None = None  # the file that a source edit edits; None: the usual one
    dependency: str | None = None
    patience: float = 120.0  # seconds that a container may take to its first good answer
    build_args: Mapping[str, str] = field(default_factory=dict)  # of every build; secret values are never recorded
    limits: Mapping[str, Any] = field(default_factory=dict)  # what container.run takes: memory, processes, …

    @cached_property
    def editable(self) -> Editable:
        """The files that the scenarios edit."""
        return editable(self.folder, self.source, self.dependency)

    @cached_property
    def hide(self) -> Callable[[str], str]:
        """What replaces secret values among the build arguments by a mask in a text."""
        return hiding(secret_build_args(self.build_args))

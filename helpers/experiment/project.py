"""A project folder to build, and how to run its program."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from helpers.experiment.edits import Editable, editable
from helpers.records.secrets import hiding, secret_build_args


@dataclass(frozen=True)
class Project:
    """A folder to build, and how to check the health of its program."""

    folder: Path
    port: int = 8080
    health_path: str = "/health"
    slow_path: str | None = None  # responds slowly, to test SIGTERM with a request in flight
    source: str | None = None  # the file that a source edit changes; None: found by name
    dependency: str | None = None
    patience: float = 120.0  # seconds to wait for the first successful response
    build_args: Mapping[str, str] = field(default_factory=dict)  # for every build; secret values are never recorded
    limits: Mapping[str, Any] = field(default_factory=dict)  # options of container.run: memory, processes, …

    @cached_property
    def editable(self) -> Editable:
        """The files that the scenarios edit."""
        return editable(self.folder, self.source, self.dependency)

    @cached_property
    def hide(self) -> Callable[[str], str]:
        """A function that masks the secret values of build arguments in a text."""
        return hiding(secret_build_args(self.build_args))

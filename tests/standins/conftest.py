"""A machine with all the tools that a small stand-in needs."""

import os
from pathlib import Path

import pytest

from helpers.engine.image_source import stand_in_name
from helpers.standins import debian, making, recipes, toolchain
from tests.standins.toolchain_zips import SUM, zip_of
from tests.standins.workshop import GO, SMALL, Workshop


@pytest.fixture
def workshop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, names: list[str]) -> Workshop:
    """A machine with all the tools that a small stand-in needs."""
    program = tmp_path / "bin/go"
    program.parent.mkdir()
    program.write_text(GO.format(zip=zip_of(tmp_path / "go.zip", SMALL.go)))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=os.pathsep)
    monkeypatch.setattr(toolchain, "SUMS", {(SMALL.go, architecture): SUM for architecture in ("amd64", "arm64")})
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    workshop = Workshop(tmp_path / "cache")
    monkeypatch.setattr(making, "require", lambda install: None)
    monkeypatch.setattr(debian, "output", lambda *_: "")
    monkeypatch.setattr(debian, "machine_sources", lambda suite: (("first",), ("second",)))
    monkeypatch.setattr(debian, "command", workshop.command)
    monkeypatch.setattr(recipes, "RECIPES", (SMALL,))
    names += [SMALL.reference, stand_in_name(SMALL.reference)]
    return workshop

"""Small Go toolchains as modules, and a module proxy in a folder that has one."""

import json
import zipfile
from pathlib import Path

FILES = {
    "bin/go": "#!/bin/sh\necho go\n",
    "pkg/include/textflag.h": "#define NOSPLIT 4\n",
    "pkg/tool/linux_amd64/compile": "compile",
    "src/make.bash": "make",
}
# Printed by `go mod download -json` (Go 1.26) for a proxy with this module.
SUM = "h1:05cgYwzV0jGUUQj1X3g/FKzn5i141go+z6NpHlHPgt4="


def module(version: str, architecture: str = "amd64") -> str:
    """The module's version: "v0.0.1-go1.19.13.linux-amd64"."""
    return f"v0.0.1-go{version}.linux-{architecture}"


def zip_of(path: Path, version: str, files: dict[str, str] = FILES) -> Path:
    """Writes the zip of a toolchain with these files."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(f"golang.org/toolchain@{module(version)}/{name}", text)
    return path


def proxy(folder: Path, version: str, files: dict[str, str] = FILES) -> str:
    """The address of a module proxy in a new folder that has the toolchain."""
    versions = folder / "golang.org/toolchain/@v"
    versions.mkdir(parents=True)
    (versions / f"{module(version)}.info").write_text(json.dumps({"Version": module(version)}))
    (versions / f"{module(version)}.mod").write_text("module golang.org/toolchain\n")
    zip_of(versions / f"{module(version)}.zip", version, files)
    return folder.as_uri()

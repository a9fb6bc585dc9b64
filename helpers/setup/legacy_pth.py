"""The `.pth` file by which earlier versions let kernels import `helpers`: recognized and removed."""

import sysconfig
from pathlib import Path

from helpers.core.cleaned import Cleaned, joined
from helpers.core.errors import SetupError
from helpers.setup import changes_made

_NAME = "dockerfile-workbook.pth"


def checkout() -> Path | None:
    """The checkout that the running environment's file refers to; None if there is no file."""
    line = _text(_file()).strip()
    return Path(line) if line else None


def remove() -> None:
    """Remove the running environment's file, since pip now installs `helpers`.

    Raises SetupError if it can't be removed.
    """
    try:
        _file().unlink(missing_ok=True)
    except OSError as error:
        raise SetupError(
            f"A file of an earlier version could not be removed: {error.strerror}: {error.filename}.",
            "Remove it, then run the same command again.",
        ) from error


def clean(project: Path, dry_run: bool = False) -> Cleaned:
    """Remove the files that an earlier version noted for this checkout: a line for each, or none."""
    noted = _noted()
    ours = [path for path in noted if _text(Path(path)) == f"{project}\n"]
    cleaned = joined(_removed(Path(path), dry_run) for path in ours)
    kept = [path for path in ours if Path(path).exists()]
    if not dry_run and kept != noted:
        changes_made.write(pth=kept or None)
    return cleaned


def _removed(file: Path, dry_run: bool) -> Cleaned:
    if dry_run:
        return Cleaned([f"Would remove {file}, by which notebooks find the helpers."])
    try:
        file.unlink()
    except OSError as error:
        return Cleaned(left=[f"Could not remove {file}, by which notebooks find the helpers: {error.strerror}."])
    return Cleaned([f"Removed {file}, by which notebooks found the helpers."])


def _noted() -> list[str]:
    noted = changes_made.read().get("pth")
    return [str(path) for path in noted] if isinstance(noted, list) else []


def _file() -> Path:
    return Path(sysconfig.get_path("purelib"), _NAME)


def _text(file: Path) -> str:
    """What the file contains; "" if there is none."""
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return ""

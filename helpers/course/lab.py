"""Starts JupyterLab on the learner's copy of the first notebook, on the loopback address and with a token."""

import os
import subprocess
import sys
from pathlib import Path

from helpers.core.paths import PROJECT
from helpers.course.copies import FOLDER
from helpers.course.sections import discover

NO_UPDATES = "jupyterlab.NeverCheckForUpdate"  # the course makes no network requests that it doesn't need
AS_ROOT = "You are root, so JupyterLab and every cell you run can do anything on this machine."
WOULD_BE_ROOT = "JupyterLab would run as root, and every cell you run could do anything on this machine."
_CONFIG = Path(__file__).with_name("jupyter")  # overrides JupyterLab's default settings, not the user's


def command(as_root: bool) -> list[str]:
    """The command that starts JupyterLab. By default, JupyterLab creates a new token each time."""
    options = [
        f"--ServerApp.root_dir={PROJECT}",
        "--ServerApp.ip=127.0.0.1",
        "--ServerApp.port_retries=50",
        f"--LabApp.default_url=/lab/tree/{FOLDER.name}/notebooks/{discover()[0].notebook.name}",
        f"--LabApp.check_for_updates_class={NO_UPDATES}",
        "--LabApp.news_url=None",
    ]
    return [sys.executable, "-m", "jupyterlab", *options, *(["--allow-root"] if as_root else [])]


def environment() -> dict[str, str]:
    """The environment of JupyterLab's process, with the course's folder first in the configuration path.

    JupyterLab asks about news if `fetchNews` is "none", its default, and no server option changes that (JupyterLab 4.6:
    packages/apputils-extension/src/announcements.ts). Only overridden defaults do. They are read from the labconfig
    folders in the configuration path (jupyterlab_server 2.28: settings_utils.py).
    """
    path = [str(_CONFIG), *filter(None, [os.environ.get("JUPYTER_CONFIG_PATH")])]
    return {**os.environ, "JUPYTER_CONFIG_PATH": os.pathsep.join(path)}


def is_root() -> bool:
    """Whether JupyterLab would run as root."""
    return os.name == "posix" and os.geteuid() == 0


def lab() -> int:
    """Runs JupyterLab until the user stops it; returns its exit status."""
    with subprocess.Popen(command(is_root()), cwd=PROJECT, env=environment()) as server:
        return _wait(server)


def _wait(server: "subprocess.Popen[bytes]") -> int:
    """Waits until JupyterLab exits: on Ctrl-C it asks for confirmation, so don't exit before it does."""
    while True:
        try:
            return server.wait()
        except KeyboardInterrupt:
            continue

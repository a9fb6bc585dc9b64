"""Starts JupyterLab on the learner's copy of the first notebook: for this machine alone, behind a token."""

import os
import subprocess
import sys
from pathlib import Path

from helpers.course.copies import FOLDER
from helpers.course.sections import PROJECT, discover

NO_UPDATES = "jupyterlab.NeverCheckForUpdate"  # a course asks nothing of the network that it does not need
AS_ROOT = "You are root: JupyterLab, and every cell you run, may do anything on this machine."
WOULD_BE_ROOT = "JupyterLab would run as root, and every cell you run could do anything on this machine."
_CONFIG = Path(__file__).with_name("jupyter")  # overrides the defaults of JupyterLab's settings, not the user's own


def command(as_root: bool) -> list[str]:
    """The command that starts JupyterLab. The token is JupyterLab's own default: a new one each time."""
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
    """The variables of JupyterLab's process: its configuration path begins with the course's folder.

    The question about news is asked wherever `fetchNews` is "none", its default; no option of the server's changes
    that (JupyterLab 4.6: packages/apputils-extension/src/announcements.ts). Overridden defaults do, and are read from
    the folders labconfig of that path (jupyterlab_server 2.28: settings_utils.py).
    """
    path = [str(_CONFIG), *filter(None, [os.environ.get("JUPYTER_CONFIG_PATH")])]
    return {**os.environ, "JUPYTER_CONFIG_PATH": os.pathsep.join(path)}


def lab() -> int:
    """Run JupyterLab until the reader ends it; its exit status."""
    as_root = os.name == "posix" and os.geteuid() == 0
    if as_root:
        print(AS_ROOT, flush=True)
    with subprocess.Popen(command(as_root), cwd=PROJECT, env=environment()) as server:
        return _wait(server)


def _wait(server: "subprocess.Popen[bytes]") -> int:
    """Ctrl-C reaches JupyterLab too, which asks and then ends: wait for it, and do not end before it."""
    while True:
        try:
            return server.wait()
        except KeyboardInterrupt:
            continue

"""uv installs the packages; pip does where uv can't, and both use pip's settings."""

import base64
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from helpers.setup import own_packages
from tests.setup.small_project import (
    BY_PIP,
    Project,
    wheel,
)

pytestmark = pytest.mark.machine

PASSWORD = "open-sesame"


class Index(ThreadingHTTPServer):
    """A package index on the loopback interface that asks for a password, or the proxy in front of any other one."""

    def __init__(self, wheels: Path) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.wheels = wheels
        self.requests: list[tuple[str, str]] = []
        self.without_password = f"http://127.0.0.1:{self.server_port}/simple"
        self.address = self.without_password.replace("127", f"me:{PASSWORD}@127", 1)

    def served(self, name: str) -> set[str]:
        """The programs that were sent a wheel of the package."""
        return {agent for path, agent in self.requests if path.startswith(f"/{name}-")}


class Answer(BaseHTTPRequestHandler):
    """One answer of the index: the page of a package, or a wheel."""

    server: Index

    def do_GET(self) -> None:
        path = urlsplit(self.path).path  # a proxy is asked for whole addresses
        expected = "Basic " + base64.b64encode(f"me:{PASSWORD}".encode()).decode()
        if expected not in (self.headers.get("Authorization"), self.headers.get("Proxy-Authorization")):
            self._send(401, b"", {"WWW-Authenticate": 'Basic realm="index"'})
        elif path.endswith("/"):
            name = path.split("/")[-2].replace("-", "_")
            files = self.server.wheels.glob(f"{name}-*.whl")
            self._send(200, "".join(f'<a href="/{file.name}">{file.name}</a>' for file in files).encode())
        else:
            self.server.requests.append((path, self.headers["User-Agent"].split("/")[0]))
            self._send(200, (self.server.wheels / path[1:]).read_bytes(), {"Content-Type": "application/zip"})

    def do_HEAD(self) -> None:
        self._send(405, b"")

    def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "text/html", "Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Nothing is printed about requests."""


@pytest.fixture
def index(project: Project) -> Iterator[Index]:
    with Index(project.wheels) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield server
        server.shutdown()


def test_a_wheel_with_another_hash_is_refused_and_the_next_try_installs_it(project: Project) -> None:
    right = wheel(project.wheels, "1.2")
    project.lock(right[:-5] + "0000\n")
    done = project.run()
    assert done.returncode == 2
    assert "HASHES" in done.stderr
    project.lock(right)
    assert project.run().stdout.endswith("tiny 1.2\n")


def test_without_a_wheel_of_uv_pip_installs_the_packages(project: Project) -> None:
    project.installer(wheel(project.wheels, "9.0", "uv").replace("9.0", "9.1"))
    project.lock(wheel(project.wheels, "1.3"))
    done = project.run()
    assert f"{BY_PIP}uv could not be fetched (ERROR: No matching distribution found for uv==9.1)." in done.stdout
    assert done.stdout.endswith("tiny 1.3\n")


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("echo 'error: it is Tuesday'; echo '  cause: of the calendar'; exit 2", "error: it is Tuesday; cause: of the"),
        ("kill -9 $$", "This command failed (exit status -9)"),
    ],
)
def test_pip_installs_them_if_uv_fails(project: Project, program: str, reason: str) -> None:
    project.installer(wheel(project.wheels, "9.2", "uv", {"uv": f"#!/bin/sh\n{program}\n"}))
    project.lock(wheel(project.wheels, "1.4"))
    done = project.run()
    assert f"{BY_PIP}uv failed ({reason}" in done.stdout, done.stdout
    assert done.stdout.endswith("tiny 1.4\n")


_HALF_A_PACKAGE = """#!/bin/sh
cd .venv/lib/python*/site-packages
rm -r tiny*
mkdir tiny-1.4.dist-info
printf 'Metadata-Version: 2.1\\nName: tiny\\nVersion: 1.4\\n' > tiny-1.4.dist-info/METADATA
printf 'tiny.py,,\\ntiny-1.4.dist-info/METADATA,,\\ntiny-1.4.dist-info/RECORD,,\\n' > tiny-1.4.dist-info/RECORD
exit 1
"""


def test_what_uv_installed_before_it_failed_is_not_trusted(project: Project) -> None:
    project.installer(wheel(project.wheels, "9.3", "uv", {"uv": _HALF_A_PACKAGE}))
    project.lock(wheel(project.wheels, "1.4"))
    done = project.run()
    assert BY_PIP in done.stdout
    assert done.stdout.endswith("tiny 1.4\n"), done.stderr


def test_pip_installs_them_if_it_has_a_setting_that_uv_lacks(project: Project, tmp_path: Path) -> None:
    (tmp_path / "constraints.txt").touch()
    project.lock(wheel(project.wheels, "1.5"))
    done = project.run(PIP_CONSTRAINT=str(tmp_path / "constraints.txt"))
    assert f"{BY_PIP}uv has no equivalent of pip's setting constraint." in done.stdout
    assert done.stdout.endswith("tiny 1.5\n")


@pytest.mark.parametrize("other", ["", "constraint = {}/constraints.txt\n"], ids=["uv", "pip"])
def test_packages_go_into_the_environment_even_if_pip_installs_for_the_user(
    project: Project, tmp_path: Path, other: str
) -> None:
    (tmp_path / "constraints.txt").touch()
    (tmp_path / "pip.conf").write_text(f"[install]\nuser = true\n{other.format(tmp_path)}")
    ours = (local.name for local in own_packages.projects())
    project.command(project.venv / "bin" / "python", "-m", "pip", "uninstall", "--yes", *ours)
    project.lock(wheel(project.wheels, "1.4"))
    done = project.run(PIP_CONFIG_FILE=str(tmp_path / "pip.conf"))
    assert (BY_PIP in done.stdout) is bool(other)
    assert done.stdout.endswith(f"in {project.venv} tiny 1.4\n"), done.stderr


def test_an_unreachable_index_is_reported_without_trying_again_with_pip(project: Project) -> None:
    project.lock(wheel(project.wheels, "1.6"))
    nobody = f"http://me:{PASSWORD}@127.0.0.1:9/simple"
    done = project.run(PIP_NO_INDEX="0", PIP_FIND_LINKS="", PIP_INDEX_URL=nobody, PIP_RETRIES="1")
    assert done.returncode == 2
    assert "Check the network and pip's settings" in done.stderr
    assert BY_PIP not in done.stdout
    assert PASSWORD not in done.stdout + done.stderr


def test_an_index_with_a_password_is_used_by_uv_too(project: Project, index: Index) -> None:
    project.lock(wheel(project.wheels, "1.7"))
    done = project.run(PIP_NO_INDEX="0", PIP_FIND_LINKS="", PIP_INDEX_URL=index.address)
    assert BY_PIP not in done.stdout
    assert done.stdout.endswith("tiny 1.7\n"), done.stderr
    assert index.served("tiny") == {"uv"}
    assert PASSWORD not in done.stdout + done.stderr


def test_a_password_in_netrc_is_used_by_uv_too(project: Project, index: Index, tmp_path: Path) -> None:
    project.lock(wheel(project.wheels, "1.8"))
    netrc = tmp_path / "netrc"
    netrc.write_text(f"machine 127.0.0.1 login me password {PASSWORD}\n")
    netrc.chmod(0o600)
    done = project.run(PIP_NO_INDEX="0", PIP_FIND_LINKS="", PIP_INDEX_URL=index.without_password, NETRC=str(netrc))
    assert BY_PIP not in done.stdout
    assert done.stdout.endswith("tiny 1.8\n"), done.stderr
    assert index.served("tiny") == {"uv"}


def test_a_proxy_with_a_password_is_used_by_uv_too(project: Project, index: Index, tmp_path: Path) -> None:
    project.lock(wheel(project.wheels, "1.9"))
    file = tmp_path / "pip.conf"
    proxy = index.address.removesuffix("/simple")
    file.write_text(
        f"[global]\nindex-url = http://index.invalid/simple\ntrusted-host = index.invalid\nproxy = {proxy}\n"
    )
    done = project.run(PIP_NO_INDEX="0", PIP_FIND_LINKS="", PIP_CONFIG_FILE=str(file))
    assert BY_PIP not in done.stdout
    assert done.stdout.endswith("tiny 1.9\n"), done.stderr
    assert index.served("tiny") == {"uv"}

"""Tests that root, through sudo, uses the same engine as the user; a small program stands in for sudo."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import certifi
import docker
import pytest
from docker import auth

from helpers.core import endpoint
from helpers.core.errors import SetupError
from helpers.core.paths import PROJECT
from helpers.engine import connection
from helpers.setup import privileges

# behaves like `sudo -n -H --preserve-env=LIST`: root's home, and only the listed environment variables
_SUDO = """#!{python} -IS
import os, sys
if sys.argv[1:] == ["-n", "true"]:
    raise SystemExit(0)
none, home, kept, *command = sys.argv[1:]
assert (none, home) == ("-n", "-H")
names = {{*kept.removeprefix("--preserve-env=").split(","), "PATH", "PYTHONPATH"}}
root = {{name: value for name, value in os.environ.items() if name in names}} | {{"HOME": {home!r}}}
import json
print(json.dumps(root))
"""
_START_OVER = """
from pathlib import Path
import sys
from helpers.setup import privileges
privileges.NOTES = Path(sys.argv[1])
privileges.go_on_as_root(["doctor"], "Only root may.")
"""
Root = Callable[..., dict[str, object]]


def probe() -> dict[str, object]:
    """What the rest of the course finds in this environment, through the standard library and the Docker SDK."""
    found = endpoint.find()
    client = docker.from_env(version="1.41")
    return {
        "host": found.host,
        "chosen_by": found.chosen_by,
        "sdk": client.api.base_url,
        "engine": connection.selected().host,
        "tls": client.api.cert and client.api.cert[0],
        "account": auth.resolve_authconfig(auth.load_config(), "registry.test"),
        "config": os.environ.get("DOCKER_CONFIG"),
    }


class Account:
    """A user's home folder with Docker settings."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.settings = home / ".docker"
        self.settings.mkdir(parents=True)

    def select_context(self, name: str, **more: object) -> None:
        (self.settings / "config.json").write_text(json.dumps({"currentContext": name, **more}))

    def add_context(self, name: str, host: str, tls: bool = False) -> None:
        identity = hashlib.sha256(name.encode()).hexdigest()
        meta = self.settings / "contexts" / "meta" / identity
        meta.mkdir(parents=True)
        endpoints = {"docker": {"Host": host, "SkipTLSVerify": False}}
        (meta / "meta.json").write_text(json.dumps({"Name": name, "Metadata": {}, "Endpoints": endpoints}))
        if tls:
            folder = self.settings / "contexts" / "tls" / identity / "docker"
            folder.mkdir(parents=True)
            for file in ("ca.pem", "cert.pem", "key.pem"):
                shutil.copy(certifi.where(), folder / file)  # the SDK reads it when it creates a client


@pytest.fixture
def learner(tmp_path: Path) -> Account:
    return Account(tmp_path / "learner")


@pytest.fixture
def root(tmp_path: Path, learner: Account, monkeypatch: pytest.MonkeyPatch) -> Root:
    """Run the probe in the environment of root's process.

    Root has a current context of its own, which must never be used.
    """
    home = Account(tmp_path / "root")
    for name in ("work", "other"):
        home.add_context(name, "unix:///of/root.sock")
    home.select_context("other", auths={"registry.test": {"auth": "cm9vdDpyb290"}})
    (tmp_path / "sudo").write_text(_SUDO.format(python=sys.executable, home=str(home.home)))
    (tmp_path / "sudo").chmod(0o755)
    ours = {name: value for name, value in os.environ.items() if not name.startswith("DOCKER_")}

    def seen(**variables: str) -> dict[str, object]:
        places = {"HOME": str(learner.home), "PATH": f"{tmp_path}:{os.defpath}", "PYTHONPATH": str(PROJECT)}
        command = [sys.executable, "-c", _START_OVER, str(tmp_path / "notes")]
        done = subprocess.run(command, env={**ours, **places, **variables}, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        environment: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
        assert environment["HOME"] == str(home.home)
        with monkeypatch.context() as patch:
            for name in os.environ.keys() - environment.keys():
                patch.delenv(name)
            for name, value in environment.items():
                patch.setenv(name, value)
            return probe()

    return seen


def test_root_uses_the_users_current_context(learner: Account, root: Root) -> None:
    learner.add_context("work", "unix:///of/learner.sock")
    learner.select_context("work", auths={"registry.test": {"auth": "bGVhcm5lcjpzZWNyZXQ="}})
    seen = root()
    assert seen["host"] == seen["engine"] == "unix:///of/learner.sock"
    assert seen["chosen_by"] == "context work"
    assert str(seen["sdk"]).startswith("http+docker://")
    account = seen["account"]
    assert isinstance(account, dict)
    assert account["username"] == "learner"


def test_root_uses_the_certificates_of_a_tls_context(learner: Account, root: Root) -> None:
    learner.add_context("work", "tcp://far:2376", tls=True)
    learner.select_context("work")
    seen = root()
    assert seen["host"] == "tcp://far:2376"
    assert seen["sdk"] == "https://far:2376"
    assert "/tls/" in str(seen["tls"])
    assert Path(str(seen["tls"])).exists()


def test_docker_context_selects_one_of_the_users_contexts(learner: Account, root: Root) -> None:
    learner.add_context("work", "tcp://near:2375")
    seen = root(DOCKER_CONTEXT="work")
    assert (seen["host"], seen["sdk"]) == ("tcp://near:2375", "http://near:2375")


def test_docker_host_is_kept(learner: Account, root: Root) -> None:
    learner.add_context("work", "unix:///of/learner.sock")
    learner.select_context("work")
    seen = root(DOCKER_HOST="tcp://named:2375")
    assert (seen["host"], seen["sdk"], seen["chosen_by"]) == ("tcp://named:2375", "http://named:2375", "DOCKER_HOST")


def test_roots_own_context_is_never_used(root: Root) -> None:
    seen = root()
    assert seen["host"] == "unix:///var/run/docker.sock"
    assert seen["chosen_by"] == "default socket"
    assert seen["account"] is None


def test_docker_config_is_respected(learner: Account, root: Root, tmp_path: Path) -> None:
    elsewhere = learner.settings.rename(tmp_path / "elsewhere")
    learner.settings = elsewhere
    learner.add_context("work", "tcp://elsewhere:2375")
    learner.select_context("work")
    assert root(DOCKER_CONFIG=str(elsewhere))["host"] == "tcp://elsewhere:2375"


def test_root_writes_nothing_into_the_users_folder(learner: Account, root: Root) -> None:
    learner.select_context("default")
    config = Path(str(root()["config"]))
    assert config != learner.settings
    assert (config / "config.json").resolve() == learner.settings / "config.json"
    (config / "buildx").mkdir()  # as the docker command does
    assert [path.name for path in learner.settings.iterdir()] == ["config.json"]


def test_changed_settings_are_passed_on_again(learner: Account, root: Root) -> None:
    learner.add_context("work", "tcp://near:2375")
    learner.select_context("work")
    assert root()["host"] == "tcp://near:2375"
    (learner.settings / "config.json").unlink()
    assert root()["host"] == "unix:///var/run/docker.sock"


def test_certificates_in_the_users_home_are_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(privileges, "NOTES", tmp_path / "notes")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("DOCKER_HOST", "tcp://named:2376")
    monkeypatch.setenv("DOCKER_TLS_VERIFY", "1")
    assert privileges.for_root()["DOCKER_CERT_PATH"] == str(tmp_path / ".docker")
    monkeypatch.setenv("DOCKER_CERT_PATH", "/certificates")
    assert "DOCKER_CERT_PATH" not in privileges.for_root()


def test_settings_that_cannot_be_passed_on_are_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "notes").touch()
    monkeypatch.setattr(privileges, "NOTES", tmp_path / "notes")
    with pytest.raises(SetupError, match="could not be passed to root"):
        privileges.for_root()

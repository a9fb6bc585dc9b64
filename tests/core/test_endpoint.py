"""Tests that find the selected engine."""

import hashlib
import json
from pathlib import Path

import pytest

from helpers.core import endpoint
from helpers.core.errors import SetupError


@pytest.fixture(autouse=True)
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    return tmp_path


def add_context(settings: Path, name: str, host: str) -> None:
    folder = settings / "contexts" / "meta" / hashlib.sha256(name.encode()).hexdigest()
    folder.mkdir(parents=True)
    (folder / "meta.json").write_text(json.dumps({"Name": name, "Endpoints": {"docker": {"Host": host}}}))


def select_context(settings: Path, name: str) -> None:
    (settings / "config.json").write_text(json.dumps({"currentContext": name}))


def test_the_default_socket_is_used_without_settings() -> None:
    found = endpoint.find()
    assert found.chosen_by == "default socket"
    assert found.is_default


def test_the_current_context_is_used(settings: Path) -> None:
    add_context(settings, "desktop-linux", "unix:///home/learner/.docker/desktop/docker.sock")
    select_context(settings, "desktop-linux")
    found = endpoint.find()
    assert found.host == "unix:///home/learner/.docker/desktop/docker.sock"
    assert found.chosen_by == "context desktop-linux"
    assert not found.is_default


def test_docker_context_overrides_the_current_context(settings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add_context(settings, "one", "tcp://one:2375")
    add_context(settings, "two", "tcp://two:2375")
    select_context(settings, "one")
    monkeypatch.setenv("DOCKER_CONTEXT", "two")
    assert endpoint.find().host == "tcp://two:2375"


def test_docker_host_overrides_every_context(settings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add_context(settings, "one", "tcp://one:2375")
    select_context(settings, "one")
    monkeypatch.setenv("DOCKER_HOST", "tcp://named:2375")
    assert endpoint.find() == endpoint.Address("tcp://named:2375", "DOCKER_HOST")


def test_the_context_named_default_is_the_default_socket(settings: Path) -> None:
    select_context(settings, "default")
    assert endpoint.find().is_default


def test_an_unknown_context_is_an_error_that_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_CONTEXT", "gone")
    with pytest.raises(SetupError, match="'gone'"):
        endpoint.find()


def test_damaged_settings_are_ignored(settings: Path) -> None:
    (settings / "config.json").write_text("{")
    assert endpoint.find().is_default


@pytest.mark.parametrize("variable", ["DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH"])
def test_tls_variables_enable_tls(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://there:8443")
    assert endpoint.tls() is None
    monkeypatch.setenv(variable, "")
    assert endpoint.tls() is None
    monkeypatch.setenv(variable, "/certificates")
    found = endpoint.tls()
    assert found and found.verify is (variable == "DOCKER_TLS_VERIFY")
    assert found.certificates == Path.home() / ".docker" if found.verify else Path("/certificates")


def test_a_context_with_certificates_uses_tls(settings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add_context(settings, "one", "tcp://one:8443")
    select_context(settings, "one")
    assert endpoint.tls() is None
    certificates = settings / "contexts" / "tls" / hashlib.sha256(b"one").hexdigest() / "docker"
    certificates.mkdir(parents=True)
    assert endpoint.tls() is None
    (certificates / "ca.pem").touch()
    assert endpoint.tls() == endpoint.Tls(certificates, verify=True)
    monkeypatch.setenv("DOCKER_HOST", "tcp://other:2375")
    assert endpoint.tls() is None


@pytest.mark.parametrize("skip", [True, False])
def test_a_context_that_skips_verification_uses_tls(settings: Path, skip: bool) -> None:
    add_context(settings, "one", "tcp://one:8443")
    (file,) = settings.glob("contexts/meta/*/meta.json")
    docker = {"Host": "tcp://one:8443", "SkipTLSVerify": skip}
    file.write_text(json.dumps({"Name": "one", "Endpoints": {"docker": docker}}))
    select_context(settings, "one")
    found = endpoint.tls()
    assert (found is not None) is skip
    assert found is None or not found.verify

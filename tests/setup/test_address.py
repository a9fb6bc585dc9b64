"""Which engine is meant."""

import hashlib
import json
from pathlib import Path

import pytest

from helpers.setup import address
from helpers.setup.errors import SetupError


@pytest.fixture(autouse=True)
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    return tmp_path


def know(settings: Path, name: str, host: str) -> None:
    folder = settings / "contexts" / "meta" / hashlib.sha256(name.encode()).hexdigest()
    folder.mkdir(parents=True)
    (folder / "meta.json").write_text(json.dumps({"Name": name, "Endpoints": {"docker": {"Host": host}}}))


def choose(settings: Path, name: str) -> None:
    (settings / "config.json").write_text(json.dumps({"currentContext": name}))


def test_nothing_chosen_is_the_default_socket() -> None:
    found = address.find()
    assert found.chosen_by == "default socket"
    assert found.is_default


def test_the_current_context_is_taken(settings: Path) -> None:
    know(settings, "desktop-linux", "unix:///home/learner/.docker/desktop/docker.sock")
    choose(settings, "desktop-linux")
    found = address.find()
    assert found.host == "unix:///home/learner/.docker/desktop/docker.sock"
    assert found.chosen_by == "context desktop-linux"
    assert not found.is_default


def test_the_contexts_variable_goes_before_the_chosen_one(settings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    know(settings, "one", "tcp://one:2375")
    know(settings, "two", "tcp://two:2375")
    choose(settings, "one")
    monkeypatch.setenv("DOCKER_CONTEXT", "two")
    assert address.find().host == "tcp://two:2375"


def test_docker_host_goes_before_every_context(settings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    know(settings, "one", "tcp://one:2375")
    choose(settings, "one")
    monkeypatch.setenv("DOCKER_HOST", "tcp://named:2375")
    assert address.find() == address.Address("tcp://named:2375", "DOCKER_HOST")


def test_the_context_named_default_is_the_default_socket(settings: Path) -> None:
    choose(settings, "default")
    assert address.find().is_default


def test_an_unknown_context_is_named_and_nothing_is_taken_in_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_CONTEXT", "gone")
    with pytest.raises(SetupError, match="'gone'"):
        address.find()


def test_damaged_settings_choose_nothing(settings: Path) -> None:
    (settings / "config.json").write_text("{")
    assert address.find().is_default


@pytest.mark.parametrize("variable", ["DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH"])
def test_the_variables_that_docker_reads_mean_tls(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://there:8443")
    assert not address.uses_tls()
    monkeypatch.setenv(variable, "")
    assert not address.uses_tls()
    monkeypatch.setenv(variable, "1")
    assert address.uses_tls()


def test_a_context_with_certificates_means_tls(settings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    know(settings, "one", "tcp://one:8443")
    choose(settings, "one")
    assert not address.uses_tls()
    certificates = settings / "contexts" / "tls" / hashlib.sha256(b"one").hexdigest() / "docker"
    certificates.mkdir(parents=True)
    assert not address.uses_tls()
    (certificates / "ca.pem").touch()
    assert address.uses_tls()
    monkeypatch.setenv("DOCKER_HOST", "tcp://other:2375")
    assert not address.uses_tls()


@pytest.mark.parametrize("skip", [True, False])
def test_a_context_that_leaves_the_certificate_unverified_means_tls(settings: Path, skip: bool) -> None:
    know(settings, "one", "tcp://one:8443")
    (file,) = settings.glob("contexts/meta/*/meta.json")
    docker = {"Host": "tcp://one:8443", "SkipTLSVerify": skip}
    file.write_text(json.dumps({"Name": "one", "Endpoints": {"docker": docker}}))
    choose(settings, "one")
    assert address.uses_tls() is skip

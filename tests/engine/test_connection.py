"""Which engine is selected, and which are rejected; a small server with recorded responses plays the latter."""

import hashlib
import json
import shutil
import socket
import threading
import warnings
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import certifi
import docker
import pytest
import urllib3

from helpers.core.errors import EngineNotFound, EngineRefused
from helpers.engine import connection, container, http_client, reach
from helpers.engine.procfs import helper_image as base
from tests.engine.servers import COMMAND
from tests.engine.tls_proxy import make_certificates, tls_proxy

# `GET /version` of Podman 4.3.1 (Debian 12) and of a Docker Engine from before BuildKit, shortened
PODMAN = {
    "Version": "4.3.1",
    "ApiVersion": "1.41",
    "Components": [
        {"Name": "Podman Engine", "Version": "4.3.1"},
        {"Name": "Conmon", "Version": "conmon version 2.1.6"},
    ],
}
OLD_DOCKER = {
    "Version": "18.06.3-ce",
    "ApiVersion": "1.41",
    "Components": [{"Name": "Engine", "Version": "18.06.3-ce"}],
}


def _handler(version: dict[str, object]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """Responds like that engine: to /_ping and /version, but not to sessions."""

        def do_GET(self) -> None:
            body = b"OK" if self.path.endswith("/_ping") else json.dumps(version).encode()
            self._answer(200, body)

        def do_POST(self) -> None:
            self._answer(404, b'{"message": "page not found"}')

        def _answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Suppresses the log."""

    return Handler


@pytest.fixture
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Points DOCKER_HOST to a server that returns the parameter as its version."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(request.param))
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    monkeypatch.setenv("DOCKER_HOST", f"tcp://127.0.0.1:{server.server_port}")
    yield
    server.shutdown()
    server.server_close()


@pytest.fixture
def configuration(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A Docker configuration for the test, without a selected engine."""
    for name in ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("engine", [PODMAN], indirect=True)
@pytest.mark.usefixtures("engine")
def test_podman_is_rejected_by_name() -> None:
    with pytest.raises(EngineRefused, match="Podman"):
        connection.connect()


@pytest.mark.parametrize("engine", [OLD_DOCKER], indirect=True)
@pytest.mark.usefixtures("engine")
def test_an_engine_without_buildkit_is_rejected_with_its_version() -> None:
    with pytest.raises(EngineRefused, match=r"18\.06\.3-ce.*BuildKit"):
        connection.connect()


def test_an_unreachable_docker_host_is_named(configuration: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{configuration}/missing.sock")
    with pytest.raises(EngineNotFound, match=r"missing\.sock.*DOCKER_HOST"):
        connection.connect()


def test_an_unknown_context_is_an_error(configuration: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_CONTEXT", "no-such-context")
    with pytest.raises(EngineNotFound, match="no-such-context"):
        connection.connect()


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("certificates")
    make_certificates(folder)
    return folder


def create_context(configuration: Path, name: str, port: int, files: dict[str, Path], **endpoint: bool) -> None:
    """Creates and selects a context, as `docker context create` and `docker context use` do."""
    identity = hashlib.sha256(name.encode()).hexdigest()
    meta, tls = configuration / "contexts/meta" / identity, configuration / "contexts/tls" / identity / "docker"
    meta.mkdir(parents=True)
    docker_ = {"Host": f"tcp://127.0.0.1:{port}", **endpoint}
    (meta / "meta.json").write_text(json.dumps({"Name": name, "Metadata": {}, "Endpoints": {"docker": docker_}}))
    for file, source in files.items():
        tls.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, tls / file)
    (configuration / "config.json").write_text(json.dumps({"currentContext": name}))


@pytest.mark.engine
@pytest.mark.parametrize("client_certificate", [True, False])
def test_tls_is_used_on_any_port_if_the_variables_are_set(
    configuration: Path, certificates: Path, client_certificate: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Includes a build session, with which `connect` checks for BuildKit."""
    folder = configuration / "certificates"
    folder.mkdir()
    for name in ("ca.pem", *(["cert.pem", "key.pem"] if client_certificate else [])):
        shutil.copy(certificates / name, folder)
    with tls_proxy(certificates, client_certificate=client_certificate) as port:
        monkeypatch.setenv("DOCKER_HOST", f"tcp://127.0.0.1:{port}")
        monkeypatch.setenv("DOCKER_CERT_PATH", str(folder))
        monkeypatch.setenv("DOCKER_TLS_VERIFY", "1")
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", certifi.where())  # as on machines behind a proxy with its own CA
        assert connection.connect().api.base_url == f"https://127.0.0.1:{port}"


@pytest.mark.engine
@pytest.mark.parametrize("client_certificate", [True, False])
def test_tls_is_used_on_any_port_if_the_context_has_certificates(
    configuration: Path, certificates: Path, client_certificate: bool
) -> None:
    names = ("ca.pem", *(["cert.pem", "key.pem"] if client_certificate else []))
    with tls_proxy(certificates, client_certificate=client_certificate) as port:
        create_context(configuration, "there", port, {name: certificates / name for name in names}, SkipTLSVerify=False)
        assert connection.connect().api.base_url == f"https://127.0.0.1:{port}"


@pytest.mark.engine
def test_a_context_may_skip_verification(configuration: Path, certificates: Path) -> None:
    with tls_proxy(certificates, client_certificate=False) as port, warnings.catch_warnings():
        warnings.simplefilter("ignore", urllib3.exceptions.InsecureRequestWarning)
        create_context(configuration, "there", port, {}, SkipTLSVerify=True)
        assert connection.connect().api.base_url == f"https://127.0.0.1:{port}"


@pytest.mark.engine
def test_a_certificate_of_another_ca_is_rejected(
    configuration: Path, certificates: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = tmp_path_factory.mktemp("other")
    make_certificates(other)
    with tls_proxy(certificates, client_certificate=False) as port:
        create_context(configuration, "there", port, {"ca.pem": other / "ca.pem"}, SkipTLSVerify=False)
        with pytest.raises(EngineNotFound, match="certificate verify failed"):
            connection.connect()


def test_a_context_without_certificates_uses_plain_http(configuration: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    create_context(configuration, "there", port, {}, SkipTLSVerify=False)
    with pytest.raises(EngineNotFound, match=r"HTTPConnection.*refused"):
        connection.connect()


def test_a_context_with_certificates_uses_https(configuration: Path, certificates: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    create_context(configuration, "there", port, {"ca.pem": certificates / "ca.pem"}, SkipTLSVerify=False)
    with pytest.raises(EngineNotFound, match=rf"tcp://127\.0\.0\.1:{port} \(by context there\).*HTTPSConnection"):
        connection.connect()


@pytest.mark.engine
def test_a_container_on_a_remote_engine_is_reached(
    configuration: Path, certificates: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over TCP and TLS, without published ports: as with an engine on another machine."""
    monkeypatch.setattr(http_client, "is_here", lambda host: False)
    with tls_proxy(certificates) as port:
        files = {name: certificates / name for name in ("ca.pem", "cert.pem", "key.pem")}
        create_context(configuration, "there", port, files, SkipTLSVerify=False)
        client = connection.connect()
        run = container.run(client, base(client), command=COMMAND, process=True, shutdown=True, slow_path="/slow")
    assert run.health.status == 200 and run.notes == (reach.HelperProbe.note,)
    assert run.process and run.process.uid == 0 and run.shutdown and run.shutdown.request_finished is False


@pytest.mark.engine
def test_the_engine_is_described(client: docker.DockerClient) -> None:
    engine = connection.describe(client)
    assert engine.version == client.version()["Version"]
    assert engine.architecture in ("amd64", "arm64")
    assert engine.storage and engine.chosen_by
    assert engine.address == connection.shareable(connection.selected().host)

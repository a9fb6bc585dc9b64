"""Private base images: from config.json, from a credential helper, from the client's own login."""

import base64
import contextlib
import json
import shutil
import socket
import subprocess
import threading
import time
import uuid
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.error import URLError
from urllib.parse import parse_qs, urlsplit
from urllib.request import ProxyHandler, build_opener

import docker
import pytest
from buildkit_session import build
from buildkit_session._logins import Logins

USER, PASSWORD = "reader", "not-a-secret-4711"
HTPASSWD = f"{USER}:$2b$05$abcdefghijklmnopqrstuudLG4.GRX6y2GcWurb6gSRA5B0hGTX9C\n"  # bcrypt of PASSWORD
CONFIGURATION = """\
version: 0.1
log: {{level: error, accesslog: {{disabled: true}}}}
storage: {{inmemory: {{}}}}
http: {{addr: "{address}", secret: "test"}}
auth: {auth}
"""
BASIC = '{{htpasswd: {{realm: test, path: "{folder}/htpasswd"}}}}'
TOKEN = '{{token: {{realm: "{realm}", service: test, issuer: test, rootcertbundle: "{folder}/certificate.pem"}}}}'
HELPER = """#!/bin/sh
read -r registry
echo "$1 $registry" >> "{log}"
[ "$registry" = "{known}" ] || {{ echo "credentials not found in native keychain"; exit 1; }}
echo '{answer}'
"""


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A config.json of this test's own, which knows no registry yet."""
    folder = tmp_path / "settings"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    monkeypatch.setenv("DOCKER_CONFIG", str(folder))
    return folder / "config.json"


def stored(registry: str, password: str = PASSWORD) -> str:
    """What `docker login` writes where no credential helper is named."""
    return json.dumps({"auths": {registry: {"auth": base64.b64encode(f"{USER}:{password}".encode()).decode()}}})


def helper(folder: Path, monkeypatch: pytest.MonkeyPatch, known: str, answer: dict[str, str]) -> Path:
    """A credential helper "test" that knows one registry; what it is asked is in the file."""
    log = folder / "asked"
    program = folder / "docker-credential-test"
    program.write_text(HELPER.format(log=log, known=known, answer=json.dumps(answer)))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=":")
    return log


def given(client: docker.DockerClient, host: str) -> tuple[str, str]:
    """What the engine would get when it asks about that host."""
    answer = Logins(client)._of(host)
    return answer.Username, answer.Secret


@pytest.fixture
def nobody() -> docker.DockerClient:
    """A client of an engine that is not asked anything."""
    return docker.DockerClient("unix:///nowhere/docker.sock", version="1.41")


def test_a_registry_in_the_settings_is_known_and_another_is_not(settings: Path, nobody: docker.DockerClient) -> None:
    settings.write_text(stored("registry.invalid:5000"))
    assert given(nobody, "registry.invalid:5000") == (USER, PASSWORD), "also when it was stored after the client"
    assert given(nobody, "registry.invalid") == given(nobody, "other.invalid:5000") == ("", "")


def test_dockers_own_registry_is_known_by_the_name_that_it_is_logged_in_to(
    settings: Path, nobody: docker.DockerClient
) -> None:
    settings.write_text(stored("https://index.docker.io/v1/"))
    assert given(nobody, "registry-1.docker.io") == (USER, PASSWORD)


def test_a_token_has_no_user(settings: Path, nobody: docker.DockerClient) -> None:
    settings.write_text(json.dumps({"auths": {"registry.invalid": {"identitytoken": "token"}}}))
    assert given(nobody, "registry.invalid") == ("", "token")


@pytest.mark.parametrize("user", [USER, "<token>"])
def test_a_credential_helper_is_asked(
    settings: Path, nobody: docker.DockerClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, user: str
) -> None:
    log = helper(tmp_path, monkeypatch, "registry.invalid", {"Username": user, "Secret": PASSWORD})
    settings.write_text(json.dumps({"credHelpers": {"registry.invalid": "test"}}))
    assert given(nobody, "registry.invalid") == ("" if user == "<token>" else user, PASSWORD)
    settings.write_text(json.dumps({"credsStore": "test"}))
    assert given(nobody, "other.invalid") == ("", "")
    assert log.read_text().splitlines() == ["get registry.invalid", "get other.invalid"]


@pytest.fixture(scope="session")
def registry_program(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Debian's docker-registry: the one on PATH, else unpacked from its package."""
    if installed := shutil.which("docker-registry"):
        return installed
    folder = tmp_path_factory.mktemp("docker-registry")
    subprocess.run(["apt-get", "download", "docker-registry"], cwd=folder, check=True, capture_output=True, timeout=300)
    (package,) = folder.glob("*.deb")
    subprocess.run(["dpkg-deb", "--extract", str(package), str(folder)], check=True)
    return str(folder / "usr/bin/docker-registry")


@pytest.fixture(scope="session", params=["basic", "token"])
def registry(
    request: pytest.FixtureRequest, registry_program: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The address of a registry on loopback that wants a password: itself, or as Docker Hub does, for a token."""
    folder = tmp_path_factory.mktemp("registry")
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    (folder / "htpasswd").write_text(HTPASSWD)
    with contextlib.ExitStack() as stack:
        if request.param == "token":
            auth = TOKEN.format(realm=stack.enter_context(tokens(folder)), folder=folder)
        else:
            auth = BASIC.format(folder=folder)
        (folder / "configuration.yml").write_text(CONFIGURATION.format(address=address, auth=auth))
        process = stack.enter_context(subprocess.Popen([registry_program, "serve", str(folder / "configuration.yml")]))
        stack.callback(process.kill)
        _answers(process, address)
        yield address


@contextlib.contextmanager
def tokens(folder: Path) -> Iterator[str]:
    """The address of a server that gives tokens to a client that sends the password.

    https://distribution.github.io/distribution/spec/auth/token/
    """
    words = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=test -keyout key.pem -out certificate.pem"
    subprocess.run(["openssl", *words.split()], cwd=folder, check=True, capture_output=True)
    expected = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()

    class Server(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            query = parse_qs(urlsplit(self.path).query)
            self.answer(query.get("scope", []), self.headers.get("Authorization") == f"Basic {expected}")

        def do_POST(self) -> None:
            query = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            known = (query.get("username"), query.get("password")) == ([USER], [PASSWORD])
            self.answer(" ".join(query.get("scope", [])).split(), known)

        def answer(self, scopes: list[str], known: bool) -> None:
            token = signed(folder, scopes)
            body = json.dumps({"token": token, "access_token": token} if known else {"details": "incorrect password"})
            self.send_response(200 if known else 401)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *arguments: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Server) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/token"
        server.shutdown()


def signed(folder: Path, scopes: list[str]) -> str:
    """A JSON Web Token that opens what is asked for."""
    certificate = (folder / "certificate.pem").read_text().split("-----")[2].replace("\n", "")
    access = [dict(zip(("type", "name", "actions"), scope.rsplit(":", 2), strict=False)) for scope in scopes]
    claims = {
        "iss": "test",
        "aud": "test",
        "sub": USER,
        "exp": int(time.time()) + 600,
        "nbf": int(time.time()) - 60,
        "iat": int(time.time()),
        "jti": uuid.uuid4().hex,
        "access": [{**each, "actions": each["actions"].split(",")} for each in access],
    }
    parts = ({"typ": "JWT", "alg": "RS256", "x5c": [certificate]}, claims)
    text = b".".join(_base64(json.dumps(part).encode()) for part in parts)
    words = ["openssl", "dgst", "-sha256", "-sign", str(folder / "key.pem")]
    signature = subprocess.run(words, input=text, check=True, capture_output=True).stdout
    return (text + b"." + _base64(signature)).decode()


def _base64(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def _answers(process: "subprocess.Popen[bytes]", address: str) -> None:
    deadline = time.monotonic() + 15
    opener = build_opener(ProxyHandler({}))
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(ConnectionError):
            try:
                opener.open(f"http://{address}/v2/", timeout=5)
            except URLError as error:
                if getattr(error, "code", None) == 401:
                    return
            time.sleep(0.05)
    pytest.fail("the registry did not start")


@pytest.fixture
def private(client: docker.DockerClient, base: str, registry: str, settings: Path) -> Iterator[str]:
    """A Dockerfile whose base image is in the registry alone."""
    name = f"{registry}/private/{uuid.uuid4().hex}"
    client.images.get(base).tag(name, "1")
    said = client.images.push(name, "1", auth_config={"username": USER, "password": PASSWORD})
    assert "digest: sha256:" in said, said
    client.images.remove(f"{name}:1")
    yield f"FROM {name}:1\nRUN echo {uuid.uuid4().hex}\n"
    with contextlib.suppress(docker.errors.ImageNotFound):
        client.images.remove(f"{name}:1", force=True)


@pytest.mark.engine
def test_the_settings_open_a_private_registry(
    client: docker.DockerClient, folder: Path, registry: str, private: str, settings: Path, tag: str
) -> None:
    settings.write_text(stored(registry))
    assert build(client, folder, private, tags=[tag]).error == ""


@pytest.mark.engine
def test_a_credential_helper_opens_a_private_registry(
    client: docker.DockerClient,
    folder: Path,
    registry: str,
    private: str,
    settings: Path,
    tag: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    log = helper(tmp_path, monkeypatch, registry, {"Username": USER, "Secret": PASSWORD})
    settings.write_text(json.dumps({"credHelpers": {registry: "test"}}))
    assert build(client, folder, private, tags=[tag]).error == ""
    assert f"get {registry}" in log.read_text()


@pytest.mark.engine
def test_the_clients_own_login_opens_a_private_registry(
    client: docker.DockerClient, folder: Path, registry: str, private: str, tag: str
) -> None:
    own = docker.from_env(timeout=120)
    own.login(USER, PASSWORD, registry=registry)
    assert build(own, folder, private, tags=[tag]).error == ""


@pytest.mark.engine
@pytest.mark.parametrize("password", ["", "wrong"])
def test_without_the_password_the_registry_stays_closed(
    client: docker.DockerClient, folder: Path, registry: str, private: str, settings: Path, password: str
) -> None:
    if password:
        settings.write_text(stored(registry, password))
    error = build(client, folder, private).error.lower()
    assert "authori" in error or "no basic auth credentials" in error or "denied" in error
    assert not password or password not in error


@pytest.mark.engine
@pytest.mark.filterwarnings("ignore:docker-credential-not-installed:UserWarning")
def test_a_credential_helper_that_fails_is_named(
    client: docker.DockerClient, folder: Path, registry: str, private: str, settings: Path
) -> None:
    settings.write_text(json.dumps({"credHelpers": {registry: "not-installed"}}))
    error = build(client, folder, private).error
    assert f"the credentials of {registry} cannot be read" in error and "not-installed" in error

"""Requests below the Docker SDK: what identifies one, what is kept of an answer, and its replay."""

import json
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest
import requests
from docker.errors import NotFound
from requests import PreparedRequest, Request

from helpers.core.replay import Pace
from helpers.engine.recording import Archive, NotRecorded, http, tape
from helpers.engine.recording.archive import Call, call_to_line, write
from tests.engine.recording.test_tape import HEADER

ENGINE = "http+docker://localhost/v1.41"


def prepared(method: str, url: str, **options: object) -> PreparedRequest:
    """The request as it leaves the library."""
    return requests.Session().prepare_request(Request(method, url, **options))


def answer(key: str, status: int, body: object, seconds: float = 0.1) -> Call:
    """A recorded answer with a JSON body."""
    headers = {"Content-Type": "application/json"}
    value = {"status": status, "headers": headers, "text": json.dumps(body), "base64": ""}
    return Call(http.KIND, key, seconds, value)


@pytest.fixture
def replayed(tmp_path: Path) -> Iterator[docker.DockerClient]:
    """A client whose requests are answered from a recording."""
    calls = [
        answer("GET /version", 200, {"Version": "20.10.24"}),
        answer("GET /containers/1/json", 200, {"Id": "1", "State": {"Status": "running"}}),
        answer("GET /containers/1/json", 200, {"Id": "1", "State": {"Status": "exited"}}),
        answer("GET /images/lost/json", 404, {"message": "No such image: lost"}),
        Call(http.KIND, "POST /containers/1/wait", 5.0, None, "ReadTimeout", "timed out"),
        answer("GET 127.0.0.1:32768 /health", 200, {"status": "ok"}),
        Call(
            http.KIND, "POST /images/load", 0.1, {"status": 200, "text": '{"stream": "Loaded"}\r\n{"stream": "image"}'}
        ),
        Call(
            http.KIND,
            'POST /exec/1/start  {"Detach": false, "Tty": false}',
            0.1,
            {"status": 101, "text": "\x01\x00\x00\x00\x00\x00\x00\x02hi"},
        ),
    ]
    write(tmp_path / "a.zip", HEADER, {"": [call_to_line(call) for call in calls]}, {})
    tape.play(Archive(tmp_path / "a.zip"), Pace.AT_ONCE)
    yield http.play("1.41")
    http.stop_playing()
    tape.stop()


def test_version_random_names_and_order_do_not_identify_a_request() -> None:
    asked = [
        prepared("POST", f"{ENGINE}/containers/create?name=dockerfile-workbook-{name}", json=body)
        for name, body in (("0123456789ab", {"a": 1, "b": 2}), ("ba9876543210", {"b": 2, "a": 1}))
    ]
    assert http.key_of(asked[0]) == http.key_of(asked[1])
    assert http.key_of(prepared("GET", f"{ENGINE}/info")) == http.key_of(prepared("GET", ENGINE[:-6] + "/v1.51/info"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("/images/a/json", "/images/b/json"),
        ("/images/sha256:" + "0" * 64 + "/json", "/images/sha256:" + "1" * 64 + "/json"),
        ("/containers/" + "0" * 64 + "/json", "/containers/" + "1" * 64 + "/json"),
        ("/images/json?filter=a", "/images/json?filter=b"),
    ],
)
def test_what_identifies_a_request(one: str, other: str) -> None:
    assert http.key_of(prepared("GET", ENGINE + one)) != http.key_of(prepared("GET", ENGINE + other))


def test_the_body_identifies_a_request() -> None:
    keys = {http.key_of(prepared("POST", f"{ENGINE}/containers/create", json={"Image": name})) for name in "ab"}
    assert len(keys) == 2


def test_the_host_of_the_engine_is_not_kept() -> None:
    info = {"ID": "x", "Name": "my-host", "KernelVersion": "6.1", "DockerRootDir": "/data", "Driver": "overlay2"}
    assert json.loads(http.without_private(json.dumps(info))) == {"KernelVersion": "6.1", "Driver": "overlay2"}
    container = {"Name": "/api", "LogPath": "/data/1.log", "State": {"Pid": 1}, "GraphDriver": {"Data": {}}}
    assert json.loads(http.without_private(json.dumps(container))) == {"Name": "/api", "State": {"Pid": 1}}
    assert http.without_private("a log line") == "a log line"
    assert http.without_private('{"a": 1}\n{"b": 2}') == '{"a": 1}\n{"b": 2}'


def test_the_sdk_is_answered_from_the_recording(replayed: docker.DockerClient) -> None:
    assert replayed.version()["Version"] == "20.10.24"
    container = replayed.containers.get("1")
    states = [container.status]
    for _ in range(2):
        container.reload()
        states.append(container.status)
    assert states == ["running", "exited", "exited"]


def test_errors_of_the_engine_are_played(replayed: docker.DockerClient) -> None:
    with pytest.raises(NotFound, match="No such image: lost"):
        replayed.images.get("lost")
    with pytest.raises(requests.exceptions.ReadTimeout):
        replayed.api.wait("1", timeout=1)


def test_requests_to_a_container_are_answered_too(replayed: docker.DockerClient) -> None:
    assert requests.get("http://127.0.0.1:32768/health", timeout=1).json() == {"status": "ok"}
    assert replayed.api is not None


def test_output_of_exec_is_read_from_the_connection(replayed: docker.DockerClient) -> None:
    assert replayed.api.exec_start("1") == b"hi"


def test_a_stream_of_documents_is_read_as_one(replayed: docker.DockerClient) -> None:
    documents = replayed.api.load_image(b"an archive")  # type: ignore[no-untyped-call]
    assert list(documents) == [{"stream": "Loaded"}, {"stream": "image"}]


def test_a_request_without_an_answer_says_so(replayed: docker.DockerClient) -> None:
    with pytest.raises(NotRecorded, match="an answer to GET /images/other/json"):
        replayed.images.get("other")

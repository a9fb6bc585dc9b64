"""Shared files contain no private data, and all other text is unchanged."""

import json
import os
import socket
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest

from helpers.core.masking import MASK
from helpers.core.paths import PROJECT
from helpers.course import baseline
from helpers.engine.connection import shareable
from helpers.measure import privacy
from helpers.measure.privacy import Identity, redaction
from helpers.measure.store import Store
from helpers.runner import export, report, results
from helpers.runner.outcome import CourseRun, Failure, Outcome
from tests.fixtures.course_runs import record

ALICE = Identity(
    folders={
        "/home/alice/course/results": "results",
        "/home/alice/course": ".",
        "/home/alice": "~",
        "/var/folders/x1/T": "$TMPDIR",
        r"C:\Users\alice": "~",
    },
    users=frozenset({"alice"}),
    hosts=frozenset({"vm", "alices-laptop.example.com", "alices-laptop"}),
    engine="unix:///run/user/1000/docker.sock",
    secrets=frozenset({"ghp_16C7e42F292c", "postgres", "s3cret/&<"}),
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("File /home/alice/course/helpers/a.py:3, in f", "File helpers/a.py:3, in f"),
        ("cd /home/alice/course && ls /home/alice/course/", "cd . && ls ./"),
        ("in /home/alice/course.", "in .."),
        ("/home/alice/course/results/report.html", "results/report.html"),
        (
            "/home/alice/courses/x and /home/alice-b and /home/alice.bak",
            "~/courses/x and /home/alice-b and /home/alice.bak",
        ),
        ("-I/home/alice/include file:///home/alice/x", "-I~/include file://~/x"),
        ("/mnt/backup/home/alice/x, /media/alice/disk", "/mnt/backup~/x, /media/USER/disk"),
        ("/tmp/pytest-of-alice/pytest-0", "/tmp/pytest-of-USER/pytest-0"),
        (r"C:\Users\alice\x and C:\\Users\\alice\\x and D:\Users\alice", r"~\x and ~\\x and D:\Users\USER"),
        (
            "LOGNAME=alice {'USER': 'alice', 'HOSTNAME': 'vm'} uid=1000(alice)",
            "LOGNAME=USER {'USER': 'USER', 'HOSTNAME': 'HOST'} uid=1000(USER)",
        ),
        ("/var/folders/x1/T/tmp1", "$TMPDIR/tmp1"),
        ("alice@vm:~$ ssh alice@example.org", "USER@HOST:~$ ssh USER@example.org"),
        ("on alices-laptop, at http://alices-laptop.example.com:8888/", "on HOST, at http://HOST:8888/"),
        (
            "HTTPConnectionPool(host='vm', port=2375), tcp://vm:2375, lookup vm:2375",
            "HTTPConnectionPool(host='HOST', port=2375), tcp://HOST:2375, lookup HOST:2375",
        ),
        ("at unix:///run/user/1000/docker.sock: refused", "at a Unix socket: refused"),
        (
            "proxy http://alice:p%40ss@proxy:3128/ and https://token@host/x",
            f"proxy http://{MASK}@proxy:3128/ and https://{MASK}@host/x",
        ),
        ("http://u:p@ss@proxy", f"http://{MASK}@proxy"),
        ("export T=ghp_16C7e42F292c", f"export T={MASK}"),
        ("s3cret/&< s3cret/&amp;&lt; s3cret%2F%26%3C", f"{MASK} {MASK} {MASK}"),
        ("POSTGRES_PASSWORD=postgres 'password': 'postgres'", f"POSTGRES_PASSWORD={MASK} 'password': '{MASK}'"),
    ],
)
def test_private_data_is_replaced(text: str, expected: str) -> None:
    assert redaction(ALICE)(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "alice in wonderland wrote malice.go and github.com/alice/tool",
        "the image postgres:16 runs postgres as user postgres",
        "vm.max_map_count, golang:1.22, FROM vm:12 AS vm, /usr/vm/x",
        "USER alice2, USER=1001, the host: vmware, alice (the user)",
        "ssh://git@github.com/x/y, user@host, me@example.com",
        "RUN --mount=type=cache,target=/root/.cache/go-build go build -o /app/api /tmp/x",
        "a // comment, https://docs.docker.com/build/@latest, unix:///var/run/docker.sock",
    ],
)
def test_ordinary_words_are_kept(text: str) -> None:
    assert redaction(ALICE)(text) == text


def test_folders_common_in_containers_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    for home in ("/root", "/app", "/usr/src/app"):
        monkeypatch.setenv("HOME", home)
        for name in ("USER", "LOGNAME"):
            monkeypatch.setenv(name, "root")
        identity = privacy.this_machine()
        assert home not in identity.folders and "root" not in identity.users
        text = f"WORKDIR {home}\nRUN chown root:root {home}/x /root/.cache"
        assert privacy.shared(text) == text


def test_this_machines_identity(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", "/home/alice")
    monkeypatch.setenv("LOGNAME", "alice")
    monkeypatch.setenv("WORKBOOK_RESULTS", str(tmp_path / "mine"))
    monkeypatch.setenv("DOCKER_HOST", "tcp://alice:pw@engine-7.example.com:2376")
    monkeypatch.setenv("NPM_TOKEN", "npm_0123456789")
    monkeypatch.setenv("GIT_ASKPASS_TOKEN", "/usr/bin/askpass")
    monkeypatch.setenv("HTTPS_PROXY", "http://alice:proxypass1@proxy:3128")
    identity = privacy.this_machine()
    assert identity.folders["/home/alice"] == "~" and identity.folders[str(PROJECT)] == "."
    assert identity.folders[str(tmp_path / "mine")] == "results"
    assert identity.users == {"alice"}
    assert {"engine-7.example.com", "engine-7", socket.gethostname()} <= identity.hosts
    assert identity.secrets >= {"npm_0123456789", "proxypass1"} and "/usr/bin/askpass" not in identity.secrets
    assert privacy.shared("at tcp://alice:pw@engine-7.example.com:2376") == "at a TCP address"


def test_text_can_be_shared_after_the_selected_context_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    monkeypatch.setenv("DOCKER_CONTEXT", "gone")
    assert privacy.shared("at unix:///var/run/docker.sock") == "at unix:///var/run/docker.sock"


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("unix:///var/run/docker.sock", "unix:///var/run/docker.sock"),
        ("npipe:////./pipe/docker_engine", "npipe:////./pipe/docker_engine"),
        ("unix:///home/alice/.docker/desktop/docker.sock", "a Unix socket"),
        ("npipe:////./pipe/alice", "a named pipe"),
        ("ssh://alice@build.example.com", "an SSH address"),
        ("tcp://alice:pw@10.0.0.5:2376", "a TCP address"),
    ],
)
def test_an_address_is_shown_by_its_type(address: str, shown: str) -> None:
    assert shareable(address) == shown


def notebook_with(source: str, *outputs: Mapping[str, object]) -> nbformat.NotebookNode:
    cell = nbformat.v4.new_code_cell(source, outputs=[nbformat.from_dict(output) for output in outputs])
    notebook: nbformat.NotebookNode = nbformat.v4.new_notebook(
        cells=[cell], metadata={"papermill": {"note": f"{PROJECT}/x"}}
    )
    return notebook


def test_a_shared_notebook_is_valid_and_keeps_its_images(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_TOKEN", "c2VjcmV0LTEyMzQ1")  # the same letters inside an image are no secret
    figure = {"data": [{"x": {"dtype": "f8", "bdata": "c2VjcmV0LTEyMzQ1"}, "name": f"{PROJECT}/a"}]}
    data = {"image/png": "c2VjcmV0LTEyMzQ1", "application/vnd.plotly.v1+json": figure, "text/plain": f"{PROJECT}/b"}
    before = notebook_with(
        "1",
        {"output_type": "display_data", "data": data, "metadata": {}},
        {"output_type": "stream", "name": "stdout", "text": f"{PROJECT}/c\n"},
    )
    after = privacy.shared_notebook(before)
    nbformat.validate(after)
    shown, stream = after.cells[0].outputs
    assert shown.data["image/png"] == "c2VjcmV0LTEyMzQ1"
    assert shown.data["application/vnd.plotly.v1+json"]["data"][0] == figure["data"][0] | {"name": "a"}
    assert (shown.data["text/plain"], stream.text, after.metadata.papermill.note) == ("b", "c\n", "x")


@pytest.mark.parametrize(
    "source",
    [
        'open_folder("x", build_args={"TOKEN": "abcd1", "GO": "1.22"})',
        'build_args = {"TOKEN": "abcd1", "GO": "1.22"}\nopen_folder("x")',
        'open_folder("x", environment={"TOKEN": "abcd1", "GO": "1.22"})',
    ],
)
def test_a_secret_typed_into_a_cell_is_hidden(source: str) -> None:
    after = privacy.shared_notebook(notebook_with(source, {"output_type": "stream", "name": "stdout", "text": "abcd1"}))
    assert after.cells[0].source == source.replace("abcd1", MASK)
    assert after.cells[0].outputs[0].text == MASK


def test_outputs_keep_colors_but_no_other_control_sequences() -> None:
    output = {
        "output_type": "stream",
        "name": "stdout",
        "text": "\x1b[31mred\x1b[0m\x1b[2J \x1b]0;t\x07\x9b2Jplain\u202e\n",
    }
    after = privacy.shared_notebook(notebook_with("1", output))
    assert after.cells[0].outputs[0].text == "\x1b[31mred\x1b[0m plain\n"


def test_cells_that_are_not_python_are_unchanged() -> None:
    assert (
        privacy.shared_notebook(notebook_with("%%writefile x\nFROM a:b")).cells[0].source == "%%writefile x\nFROM a:b"
    )


LEAKS = ("/home/zoltanka", "zoltanka", "npm_0123456789", "proxypass1", "engine-7", "/run/user/4242", str(PROJECT))
PRIVATE = (
    f"/home/zoltanka/x {PROJECT}/y npm_0123456789 http://zoltanka:proxypass1@proxy:3128 "
    "unix:///run/user/4242/docker.sock ssh zoltanka@engine-7.example.com"
)


@pytest.fixture
def leaky(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, course_run: CourseRun) -> CourseRun:
    """A run with a user's name, folders and secrets in every text of its records."""
    monkeypatch.setenv("HOME", "/home/zoltanka")
    monkeypatch.setenv("LOGNAME", "zoltanka")
    monkeypatch.setenv("WORKBOOK_RESULTS", str(tmp_path / "results"))
    monkeypatch.setenv("DOCKER_HOST", "unix:///run/user/4242/docker.sock")
    monkeypatch.setenv("NPM_TOKEN", "npm_0123456789")
    monkeypatch.setenv("HTTPS_PROXY", "http://zoltanka:proxypass1@proxy:3128")
    monkeypatch.setattr(socket, "gethostname", lambda: "engine-7.example.com")
    private = record("04-copy-go-mod-first", 10.0, 1.0)
    measured = private.measurement
    builds = {
        name: replace(
            build,
            warnings=(PRIVATE,),
            command=PRIVATE,
            instructions=tuple(
                replace(step, name=f"{step.name} {PRIVATE}", log=PRIVATE) for step in build.instructions
            ),
        )
        for name, build in measured.builds.items()
    }
    image = measured.image and replace(measured.image, user=PRIVATE, labels={"by": PRIVATE})
    private = replace(
        private,
        measurement=replace(measured, builds=builds, image=image),
        checks=(replace(private.checks[1], detail=PRIVATE),),
    )
    Store().save("run", private)
    failed = Outcome("04-copy-go-mod-first", 1.0, Failure(PRIVATE, 2, PRIVATE))
    return replace(course_run, outcomes=(failed,), records={private.section: private})


def test_shared_files_contain_no_private_data(leaky: CourseRun, tmp_path: Path) -> None:
    (tmp_path / "results.json").write_text(results.dumps(leaky))
    (tmp_path / "report.html").write_text(report.render(leaky, [*leaky.records.values()]))
    baseline.write(leaky.records.values(), tmp_path / "baseline.json")
    export.export(str(tmp_path))
    (tmp_path / "junit.xml").write_text(f'<testsuite hostname="engine-7.example.com">{PRIVATE}</testsuite>')
    privacy.share_file(tmp_path / "junit.xml")
    written = [path for path in tmp_path.iterdir() if path.is_file()]
    assert len(written) == 6
    for path in written:
        text = path.read_text()
        assert [leak for leak in LEAKS if leak in text] == [], path.name
    assert json.loads((tmp_path / "results.json").read_text())["sections"][0]["failure"]["reason"].startswith("~/x y ")


def test_the_fixture_contains_private_data(leaky: CourseRun) -> None:
    text = json.dumps(results.document(leaky))
    assert all(leak in text for leak in LEAKS)


def test_the_environment_is_not_changed(leaky: CourseRun) -> None:
    before = dict(os.environ)
    results.dumps(leaky)
    assert dict(os.environ) == before

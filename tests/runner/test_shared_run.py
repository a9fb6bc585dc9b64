"""A run of a notebook that prints private data of the user and machine: no written file contains any of it."""

import json
import socket
import unicodedata
import uuid
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from plotly.offline import get_plotlyjs  # type: ignore[import-untyped]

from helpers.core.masking import MASK
from helpers.core.paths import PROJECT
from helpers.course.sections import SectionFiles
from helpers.engine.connection import connect
from helpers.runner import course_run

pytestmark = [pytest.mark.engine, pytest.mark.notebook]

USER = "zoltanka"
TYPED, IN_ENVIRONMENT, PASSWORD = "typed-4711-secret", "npm_0123456789abcdef", "proxy-pass-1"
DOCKERFILE = f"""\
FROM golang:1.19-bullseye
ARG REGISTRY_TOKEN
RUN printf '\\033]0;owned\\007\\033[2Jtoken: %s\\n' "$REGISTRY_TOKEN" && echo {uuid.uuid4().hex} '</script><script>'
LABEL token=$REGISTRY_TOKEN
"""
CELLS = [
    'scenarios = "aims"\nrepeats = 1',
    "import getpass, os, pathlib, socket, sys, tempfile, warnings",
    "print(os.getcwd(), pathlib.Path.home(), tempfile.gettempdir(), sys.executable, sys.prefix, os.environ)",
    'print(f"{getpass.getuser()}@{socket.gethostname()}:", os.environ["NPM_TOKEN"], os.environ["HTTPS_PROXY"])',
    r'print("\x1b]0;owned\x07\x1b[2J\x9b31mcell\u202e")',
    "from helpers import connect, open_folder",
    f'project = open_folder(connect(), "project", build_args={{"REGISTRY_TOKEN": "{TYPED}"}})',
    "project.build()",
    "project.image",
    "project.inside()",
    "project.cache_map()",
    'warnings.warn(f"see {pathlib.Path.home()}")',
    'pathlib.Path.home().joinpath("not-there").read_text()',
]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The home folder of a user with private settings for results, engine, proxy and token."""
    home = tmp_path / USER
    (home / "course" / "project").mkdir(parents=True)
    (home / "docker.sock").symlink_to("/var/run/docker.sock")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("LOGNAME", USER)
    monkeypatch.setenv("WORKBOOK_RESULTS", str(home / "results"))
    monkeypatch.setenv("DOCKER_HOST", f"unix://{home}/docker.sock")
    monkeypatch.setenv("NPM_TOKEN", IN_ENVIRONMENT)
    monkeypatch.setenv("HTTPS_PROXY", f"http://{USER}:{PASSWORD}@proxy.example.com:3128")
    yield home
    for image in connect().images.list(name="dockerfile-workbook/12-your-own-dockerfile"):
        if "token" in (image.labels or {}):
            image.remove(force=True)


def course_in(home: Path) -> SectionFiles:
    """A section with one notebook, written for this test."""
    (home / "course" / "project" / "Dockerfile").write_text(DOCKERFILE)
    cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
    cells[0].metadata["tags"] = ["parameters"]
    path = home / "course" / "13-private-data.ipynb"
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}), path)
    return SectionFiles(path, path.parent)


def test_a_run_writes_no_private_data(home: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert course_run.run([course_in(home)], connect()) == 1
    results = home / "results"
    leaks = [str(home), USER, TYPED, IN_ENVIRONMENT, PASSWORD, str(PROJECT), f"@{socket.gethostname()}"]
    run = results / "latest"
    written = [run / "notebooks" / "13-private-data.ipynb", run / "results.json", run / "report.html"]
    for path in written:
        text = path.read_text(encoding="utf-8").replace(get_plotlyjs(), "")
        assert [leak for leak in leaks if leak in text] == [], path.name
        assert all(letter in "\n\t" or unicodedata.category(letter) != "Cc" for letter in text), path.name
    for path in results.rglob("*"):  # the store, which is not shared, contains no secret either
        assert not path.is_file() or TYPED.encode() not in path.read_bytes(), path.name
    executed = nbformat.read(written[0], as_version=4)
    nbformat.validate(executed)
    assert f"'{MASK}'" in str(executed) or f'"{MASK}"' in str(executed)
    failure = json.loads(written[1].read_text())["sections"][0]["failure"]["reason"]
    assert failure == "FileNotFoundError: [Errno 2] No such file or directory: '~/not-there'"
    output = capfd.readouterr().out
    assert not [letter for letter in output if unicodedata.category(letter) in ("Cc", "Cf") and letter not in "\n\t"]
    assert "   cell" in output and TYPED not in output
    assert "&lt;/script&gt;&lt;script&gt;" in str(executed) and "</script><script>" not in str(
        executed.cells[10].outputs
    )

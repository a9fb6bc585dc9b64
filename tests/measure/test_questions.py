"""Two questions are the same only if everything that a measurement depends on is the same."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from buildkit_session import Context
from docker.errors import NotFound

from helpers.engine.building import CACHE_NAMESPACE
from helpers.engine.request import Request
from helpers.measure import questions
from helpers.measure.project import Editable, Project
from helpers.measure.run_options import RunOptions

EDITABLE = Editable("main.go", "go.mod")


class Engine:
    """What a client's engine says about itself and about its one image."""

    def __init__(
        self, identity: str = "A", version: str = "28.5.2", storage: str = "overlay2", image: str = "1"
    ) -> None:
        self.api, self.images = SimpleNamespace(base_url="http+docker://localunixsocket"), self
        self._identity, self._version, self._storage, self.image = identity, version, storage, image

    def info(self) -> dict[str, Any]:
        return {"ID": self._identity, "Driver": self._storage, "OperatingSystem": "Debian"}

    def version(self) -> dict[str, Any]:
        return {"Version": self._version, "Arch": "amd64", "ApiVersion": "1.51"}

    def get(self, name: str) -> Any:
        if name != "base":
            raise NotFound("no such image", SimpleNamespace(status_code=404))  # type: ignore[arg-type]
        return SimpleNamespace(attrs={"Id": f"sha256:{self.image}", "Size": 1})


@pytest.fixture
def request_(tmp_path: Path) -> Request:
    (tmp_path / "main.go").write_text("package main")
    return Request(Context(tmp_path), "FROM base\nCOPY . .\n", tag="a/b", build_args={"A": "1", CACHE_NAMESPACE: "x"})


def asked(request: Request, engine: Engine | None = None, **changed: Any) -> questions.Question:
    given: dict[str, Any] = {"scenario": "cold", "file": "Dockerfile", "editable": EDITABLE, "lineage": ""} | changed
    client: Any = engine or Engine()
    return questions.of_build(client, request, **given)


def test_the_same_build_is_the_same_question(request_: Request) -> None:
    again = replace(request_, context=Context(request_.context.root, key="another"))
    again = replace(again, build_args={**request_.build_args, CACHE_NAMESPACE: "y"}, no_cache=True)
    assert asked(request_) == asked(again)


@pytest.mark.parametrize(
    "change",
    [
        lambda request: replace(request, dockerfile=request.dockerfile + "\n"),
        lambda request: replace(request, dockerignore="*.md"),
        lambda request: replace(request, build_args={"A": "2"}),
        lambda request: replace(request, secrets={"token": "secret"}),
        lambda request: replace(request, target="build"),
        lambda request: replace(request, tag="a/c"),
        lambda request: replace(request, context=replace(request.context, ignore=False)),
    ],
)
def test_another_request_is_another_question(request_: Request, change: Callable[[Request], Request]) -> None:
    assert asked(request_) != asked(change(request_))


@pytest.mark.parametrize(
    "changed",
    [
        {"scenario": "unchanged"},
        {"lineage": "n"},
        {"file": "d/Dockerfile"},
        {"editable": Editable("other.go", "go.mod")},
        {"engine": Engine("B")},
        {"engine": Engine(version="29")},
        {"engine": Engine(storage="overlayfs")},
        {"engine": Engine(image="2")},
    ],
)
def test_another_circumstance_is_another_question(request_: Request, changed: dict[str, Any]) -> None:
    assert asked(request_) != asked(request_, **changed)


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: (folder / "main.go").write_text("package  main"),
        lambda folder: (folder / "main.go").chmod(0o755),
        lambda folder: (folder / "new").write_text(""),
    ],
)
def test_another_context_is_another_question(request_: Request, change: Callable[[Path], object]) -> None:
    before = asked(request_)
    change(Path(request_.context.root))
    assert asked(request_) != before


def test_other_measuring_code_is_another_question(request_: Request, tmp_path_factory: pytest.TempPathFactory) -> None:
    folders = tmp_path_factory.mktemp("first"), tmp_path_factory.mktemp("second")
    for number, folder in enumerate(folders):
        (folder / "module.py").write_text(f"a = {number}\n")
    assert questions.measuring_code((folders[0],)) != questions.measuring_code((folders[1],))
    assert asked(request_)["code"] == questions.measuring_code()


@pytest.mark.parametrize(
    ("image", "options"),
    [
        ("sha256:2", RunOptions()),
        ("sha256:1", RunOptions(hardened=True)),
        ("sha256:1", RunOptions(environment={"A": "1"})),
    ],
)
def test_another_container_is_another_question(tmp_path: Path, image: str, options: RunOptions) -> None:
    client: Any = Engine()
    standard = RunOptions().settings(Project(tmp_path))
    first = questions.of_container(client, "sha256:1", standard)
    assert first == questions.of_container(client, "sha256:1", standard)
    assert first != questions.of_container(client, image, options.settings(Project(tmp_path)))

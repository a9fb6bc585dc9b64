"""The sample API's own tests with the pinned Go, and the dependency edit with the Go of both base images."""

import uuid

import pytest
from buildkit_session import Context

from helpers.standins import REFERENCES
from tests.sample_api.conftest import SAMPLE, Builder

pytestmark = pytest.mark.engine

PINNED = "golang:1.19-bullseye"
RECIPE = """
FROM {base}
WORKDIR /app
COPY . .
RUN --mount=type=cache,id={mounts}-modules,target=/go/pkg/mod \\
    --mount=type=cache,id={mounts}-{base},target=/root/.cache/go-build \\
    : {once}; {command}
"""
MOUNTS = f"test-{uuid.uuid4().hex[:8]}"  # new in each session, so that nothing from an earlier one can make a test pass


def log_of(built: Builder, base: str, command: str, edits: dict[str, bytes]) -> str:
    """The output of the command, run in the sample API's folder with its Go tests. Raises BuildFailed."""
    recipe = RECIPE.format(base=base, command=command, mounts=MOUNTS, once=uuid.uuid4())
    build = built("go", Context(SAMPLE, edits=edits, ignore=False), recipe)
    return build.find(command).log


def test_the_go_tests_pass(built: Builder) -> None:
    log = log_of(built, PINNED, 'test -z "$(gofmt -l .)" && go vet ./... && go test -count=1 ./...', {})
    packages = {path.parent for path in SAMPLE.rglob("*_test.go")}
    assert log.count("ok  \t") == len(packages) > 0
    assert "no test files" not in log


@pytest.mark.parametrize("base", REFERENCES)
def test_the_dependency_edit_builds_with_nothing_else_changed(built: Builder, base: str) -> None:
    old, new = (f"github.com/mattn/go-isatty v0.0.{patch}".encode() for patch in (16, 17))
    module = (SAMPLE / "go.mod").read_bytes()
    assert old in module
    command = "go build -mod=readonly -o /api && go version -m /api"
    log = log_of(built, base, command, {"go.mod": module.replace(old, new)})
    assert "github.com/mattn/go-isatty\tv0.0.17" in log

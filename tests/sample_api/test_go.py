"""The sample API's own tests, run by the Go of both base images."""

import docker
import pytest

from helpers.engine import buildkit
from helpers.engine.base_images import REFERENCES
from helpers.engine.building import build
from helpers.records import Build
from tests.sample_api.conftest import SAMPLE

pytestmark = [pytest.mark.engine, pytest.mark.parametrize("base", REFERENCES)]

# The mounts have names of the tests' own: what Go keeps here is no reader's.
RECIPE = """
FROM {base}
WORKDIR /app
COPY . .
RUN --mount=type=cache,id=dockerfile-workbook-test-modules,target=/go/pkg/mod \\
    --mount=type=cache,id=dockerfile-workbook-test-{base},target=/root/.cache/go-build \\
    {command}
"""


def log_of(client: docker.DockerClient, base: str, command: str, edits: dict[str, bytes]) -> str:
    """What the command writes, run anew in the sample API's folder, Go tests and all. Raises BuildFailed."""
    context = buildkit.Context(SAMPLE, edits=edits, ignore=False)
    request = buildkit.Request(context, RECIPE.format(base=base, command=command), no_cache=True)
    made: Build = build(client, request, scenario="test")
    client.images.remove(made.image_id, force=True)
    return made.find(command).log


def test_the_go_tests_pass(client: docker.DockerClient, base: str) -> None:
    log = log_of(client, base, 'test -z "$(gofmt -l .)" && go vet ./... && go test -count=1 ./...', {})
    packages = {path.parent for path in SAMPLE.rglob("*_test.go")}
    assert log.count("ok  \t") == len(packages) > 0
    assert "no test files" not in log


def test_the_dependency_edit_builds_with_nothing_else_changed(client: docker.DockerClient, base: str) -> None:
    old, new = (f"github.com/mattn/go-isatty v0.0.{patch}".encode() for patch in (16, 17))
    module = (SAMPLE / "go.mod").read_bytes()
    assert old in module
    command = "go build -mod=readonly -o /api && go version -m /api"
    log = log_of(client, base, command, {"go.mod": module.replace(old, new)})
    assert "github.com/mattn/go-isatty\tv0.0.17" in log

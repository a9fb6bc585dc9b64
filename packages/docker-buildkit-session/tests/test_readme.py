"""The README's example runs, and its tables say what the code says."""

import re
import tomllib
import uuid
from pathlib import Path

import docker
import pytest
from buildkit_session import _compat

PROJECT = Path(__file__).parents[1]
README = (PROJECT / "README.md").read_text()


def test_the_versions_are_those_that_were_tried() -> None:
    for name, (first, last) in (("docker", _compat.DOCKER_VERSIONS), ("grpclib", _compat.GRPCLIB_VERSIONS)):
        assert f"| {name} | {first} to {last} |" in README


def test_the_changelog_begins_with_this_version() -> None:
    version = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]["version"]
    found = re.search(r"^## (\S+)", (PROJECT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert found and found[1] == version


@pytest.mark.engine
def test_the_example_runs(client: docker.DockerClient, base: str, capsys: pytest.CaptureFixture[str]) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    assert "busybox:1.36" in example
    example = (
        example.replace("busybox:1.36", base).replace("test -s", "stat").replace("example:latest", f"{base}-example")
    )
    nonce = uuid.uuid4().hex  # nothing of it is cached
    example = example.replace("hello from", f"hello {nonce} from")
    exec(compile(example, "README.md", "exec"), {})
    printed = capsys.readouterr().out
    client.images.remove(f"{base}-example")
    assert f"   hello {nonce} from the build context\n" in printed
    assert re.search(r"^sha256:[0-9a-f]{64}$", printed.splitlines()[-1])

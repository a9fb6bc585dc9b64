"""Private names of other packages are used in one module, and only with the versions that it was tried with."""

import re
import tomllib
from importlib.metadata import version
from pathlib import Path

import buildkit_session
import pytest
from buildkit_session import _compat

PACKAGE = Path(buildkit_session.__file__).parent
PROJECT = Path(__file__).parents[1]
TRIED = {"docker": _compat.DOCKER_VERSIONS, "grpclib": _compat.GRPCLIB_VERSIONS}
_PRIVATE = re.compile(r"\b(?!self\b|cls\b)(\w+|\))\._(?!_)[a-z]\w*")
_OWN = re.compile(r"\bbuildkit_session\._\w+|from buildkit_session import .*")


def numbers(text: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", text)[:3]))


@pytest.mark.parametrize("name", TRIED)
def test_the_bounds_of_the_dependencies_are_the_versions_that_were_tried(name: str) -> None:
    dependencies = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]["dependencies"]
    (bounds,) = (each for each in dependencies if re.split(r"[<>=]", each)[0] == name)
    first, last = map(numbers, TRIED[name])
    low, high = (numbers(bound) for bound in bounds.split(","))
    assert low == first[: len(low)]
    assert last < high
    assert first <= numbers(version(name)) <= last, f"try {name} {version(name)}, then say so in _compat.py"


@pytest.mark.parametrize("source", sorted(PACKAGE.glob("*.py")), ids=lambda path: path.name)
def test_no_other_module_uses_a_private_name_of_another_package(source: Path) -> None:
    if source.name == "_compat.py":
        return
    code = _OWN.sub("", source.read_text())
    found = [each[0] for each in _PRIVATE.finditer(code) if f"def {each[0].rpartition('.')[2]}(" not in code]
    assert not found
    assert not re.search(r"^\s*(?:from|import) helpers\b", code, re.MULTILINE)
    assert not re.search(r"^from (?!buildkit_session|__future__)\S*\._|import _(?!follow)", code, re.MULTILINE)

"""Which users the rules of Kubernetes admit, and how section 07's Dockerfile is changed for each user."""

from pathlib import Path

import docker
import pytest

from helpers.core.errors import ContainerError
from helpers.course import user_matrix
from helpers.course.reporter import Reporter
from helpers.course.section import Section
from helpers.course.sections import find
from helpers.course.subject import subject_of
from helpers.course.user_matrix import (
    ADMITTED,
    INVALID,
    KUBERNETES,
    NAME,
    REFUSED,
    ROOT,
    Row,
    run_as_non_root,
    with_user,
)
from helpers.measure.store import Store

DOCKERFILE = "FROM scratch\nCOPY --from=build /etc/passwd /etc/passwd\nCOPY a /a\nUSER nonroot\nCMD a\n"


@pytest.mark.parametrize(
    ("user", "verdict"),
    [
        ("", ROOT),
        ("0", ROOT),
        ("0:1001", ROOT),
        ("root", NAME),
        ("nonroot", NAME),
        ("nonroot:1001", NAME),
        ("1001", ADMITTED),
        ("1001:0", ADMITTED),  # the group isn't looked at
        ("1001:nonroot", ADMITTED),
        ("2147483648", INVALID),
        ("-1", INVALID),
    ],
)
def test_only_a_number_above_0_is_admitted(user: str, verdict: str) -> None:
    assert run_as_non_root(user) == verdict == Row(user, "", "").verdict


def test_the_user_is_replaced_or_left_out() -> None:
    assert with_user(DOCKERFILE, "1001", passwd=True) == DOCKERFILE.replace("USER nonroot\n", "") + "USER 1001\n"
    assert with_user(DOCKERFILE, "", passwd=False) == "FROM scratch\nCOPY a /a\nCMD a\n"


@pytest.fixture
def section(client: docker.DockerClient, tmp_path: Path) -> Section:
    return Section(subject_of(client, find("07")), Reporter(), Store(tmp_path / "store"))


@pytest.mark.engine
def test_each_user_is_built_and_started(section: Section) -> None:
    found = {row.user: (row.with_passwd, row.without_passwd) for row in user_matrix.rows(section.subject)}
    same = "uid 1001, gid 1001"
    assert found == {
        "": ("uid 0, gid 0", "uid 0, gid 0"),
        "nonroot": (same, REFUSED),
        "1001": (same, "uid 1001, gid 0"),
        "1001:1001": (same, same),
    }


@pytest.mark.engine
def test_the_tables_name_their_source_and_each_capability_set(section: Section) -> None:
    matrix = user_matrix.matrix(section)
    assert KUBERNETES in matrix and REFUSED in matrix and "USER 1001:1001" in matrix
    sets = user_matrix.capabilities(section)
    assert all(name in sets for name in ("inheritable", "permitted", "effective", "bounding", "ambient", "06-set"))


@pytest.mark.engine
def test_another_reason_not_to_start_is_an_error(section: Section) -> None:
    section.experiment.dockerfile = "FROM scratch\nCOPY go.mod /\nUSER nonroot\n" + 'CMD ["/no-such-program"]\n'
    with pytest.raises(ContainerError, match="no-such-program"):
        list(user_matrix.rows(section.subject))

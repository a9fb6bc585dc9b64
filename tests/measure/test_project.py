"""What a project hides in everything that is recorded of it."""

from pathlib import Path

from helpers.core.masking import MASK
from helpers.measure.project import Project


def test_secrets_and_secret_values_of_arguments_and_variables_are_hidden(tmp_path: Path) -> None:
    project = Project(
        tmp_path,
        build_args={"MODE": "dev", "TOKEN": "argument-1"},
        secrets={"KEY": "secret-2"},
        environment={"DATABASE_URL": "postgres://db/3"},
    )
    assert project.hide("dev argument-1 secret-2 postgres://db/3") == f"dev {MASK} {MASK} {MASK}"

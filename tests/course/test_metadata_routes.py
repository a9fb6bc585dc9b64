"""What counts as kept, and what each route keeps of section 08's image on the engine."""

from pathlib import Path

import docker
import pytest

from helpers.core.records import Image
from helpers.course import metadata_routes
from helpers.course.metadata_routes import COMMIT, COPY_FROM, EXPORT, FROM_STAGE, KEPT, LOST, SAVE, survivors
from helpers.course.reporter import Reporter
from helpers.course.section import Section
from helpers.course.sections import find
from helpers.course.subject import subject_of
from helpers.measure.store import Store

DESCRIBED = Image("sha256:1", 1, 1, labels={"a": "1"}, environment={"PORT": "8080"}, user="1001", command=("/api",))


def test_labels_that_were_added_do_not_matter() -> None:
    more = Image("sha256:2", 1, 1, labels={"a": "1", "b": "2"}, environment={"PORT": "8080"}, user="1001")
    assert survivors(DESCRIBED, more) == {"LABEL": True, "ENV": True, "USER": True, "EXPOSE": True, "CMD": False}


def test_a_changed_or_missing_value_is_lost() -> None:
    other = Image("sha256:2", 1, 1, labels={"a": "2"}, environment={}, user="", exposed_ports=("80/tcp",))
    assert not any(survivors(DESCRIBED, other).values())


@pytest.mark.engine
def test_each_route_keeps_all_or_nothing_and_leaves_no_image(client: docker.DockerClient, tmp_path: Path) -> None:
    section = Section(subject_of(client, find("08")), Reporter(), Store(tmp_path / "store"))
    section.subject.experiment.tag = f"{section.image_tag}-routes"  # another process may be taking them too
    lines = str(metadata_routes.table(section)).splitlines()
    kept = {route: line.split() for line in lines for route in metadata_routes.ROUTES if line.startswith(route)}
    assert {route: {*words} & {KEPT, LOST} for route, words in kept.items()} == {
        **{route: {KEPT} for route in (FROM_STAGE, COMMIT, SAVE)},
        **{route: {LOST} for route in (COPY_FROM, EXPORT)},
    }
    assert client.images.list(section.experiment.tag) == []

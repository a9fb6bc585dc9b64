"""`clean` removes stand-ins and work folders, and nothing of the user's."""

from pathlib import Path

import docker
import filelock
import pytest

from helpers.engine.base_images import found
from helpers.engine.image_source import split, stand_in_name
from tests.standins.images import small_image
from tests.standins.workshop import SMALL, Workshop, ensure_small, image_of, remove

pytestmark = pytest.mark.engine


def test_remove_deletes_only_our_tags(client: docker.DockerClient, workshop: Workshop, names: list[str]) -> None:
    ensure_small(client, workshop, True)
    image_of(client, names)
    own = [
        "127.0.0.1:5000/users/own:1",
        "127.0.0.1:5000/users/test-stand-in:latest",
        "dockerfile-workbook/test-base:own",
    ]
    for name in own:
        client.api.tag(stand_in_name(SMALL.reference), *split(name))
    names += own

    promised = remove(client, dry_run=True, references=[SMALL.reference])
    still = found(client, SMALL.reference)
    done = remove(client, references=[SMALL.reference])

    assert still is not None
    assert [line.removeprefix("Would remove") for line in promised] == [line.removeprefix("Removed") for line in done]
    assert len(done) == 2  # its tag and the loopback tag that keeps its digest
    assert sorted(client.images.get(still.id).tags) == own


def test_remove_deletes_work_folders_of_a_killed_run(client: docker.DockerClient, workshop: Workshop) -> None:
    (workshop.cache / "base-images-killed/root").mkdir(parents=True)
    line = f"folder {workshop.cache / 'base-images-killed'}"

    assert remove(client, dry_run=True, references=[]) == [f"Would remove {line}."]
    assert workshop.left() == ["base-images-killed"]
    assert remove(client, references=[]) == [f"Removed {line}."]
    assert workshop.left() == []


def test_a_work_folder_that_cannot_be_deleted_does_not_stop_the_others(
    client: docker.DockerClient, workshop: Workshop, tmp_path: Path
) -> None:
    """A symbolic link is not followed: its target may be anything."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (workshop.cache / "base-images-b").mkdir(parents=True)
    (workshop.cache / "base-images-a").symlink_to(elsewhere)
    done, left = remove(client, references=[])
    assert done == f"Removed folder {workshop.cache / 'base-images-b'}."
    link = workshop.cache / "base-images-a"
    assert left.startswith(f"Left folder {link}: ")  # followed by the operating system's words
    assert link.is_symlink() and elsewhere.is_dir()


def test_remove_leaves_the_work_folders_of_a_run_in_progress(client: docker.DockerClient, workshop: Workshop) -> None:
    (workshop.cache / "base-images-alive").mkdir(parents=True)

    with filelock.FileLock(workshop.cache / "base-images.lock"):
        assert remove(client, references=[]) == []
    assert workshop.left() == ["base-images-alive"]


def test_remove_leaves_other_images(client: docker.DockerClient, workshop: Workshop, names: list[str]) -> None:
    own = "dockerfile-workbook/test-base:own"
    names.append(own)
    small_image(client, own)

    assert remove(client, references=[own]) == []
    client.images.get(own)

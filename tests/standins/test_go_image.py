"""Making stand-ins on a real engine: what they are, and failures that leave nothing behind."""

import platform
from dataclasses import replace
from pathlib import Path

import docker
import filelock
import pytest

from helpers.core.errors import BaseImageError, DiskFull
from helpers.core.records import Progress
from helpers.engine.base_images import found
from helpers.engine.image_source import STAND_IN, stand_in_name
from helpers.standins import making
from helpers.standins.recipes import Plan
from tests.standins.images import small_image
from tests.standins.toolchain_zips import FILES, zip_of
from tests.standins.workshop import HALF, ROOT, SMALL, Workshop, image_of

pytestmark = pytest.mark.engine


def test_stand_in_labels_and_configuration(client: docker.DockerClient, workshop: Workshop, names: list[str]) -> None:
    workshop.execute(client, Plan(made=(SMALL,)))

    assert image_of(client, names).source == "stand-in"
    configuration = client.images.get(stand_in_name(SMALL.reference)).attrs["Config"]
    labels = configuration["Labels"]
    assert labels[STAND_IN] == SMALL.reference
    assert (labels[f"{STAND_IN}.suite"], labels[f"{STAND_IN}.go"]) == ("trixie", "1.19.13")
    assert labels[f"{STAND_IN}.made"].startswith("20")
    assert {"GOPATH=/go", "GOTOOLCHAIN=local", "GOLANG_VERSION=1.19.13"} <= set(configuration["Env"])
    assert (configuration["WorkingDir"], configuration["Cmd"]) == ("/go", ["bash"])


def test_tampered_toolchain_makes_no_image_and_nothing_of_it_is_kept(
    client: docker.DockerClient, workshop: Workshop, tmp_path: Path
) -> None:
    before = images(client)
    zip_of(tmp_path / "go.zip", SMALL.go, FILES | {"bin/go": "evil"})

    with pytest.raises(BaseImageError, match="is not the official one"):
        workshop.execute(client, Plan(made=(SMALL,)))

    assert found(client, SMALL.reference) is None
    assert images(client) == before
    assert (workshop.left(), workshop.layouts()) == ([], [])


def test_work_folders_are_removed(client: docker.DockerClient, workshop: Workshop, names: list[str]) -> None:
    workshop.execute(client, Plan(made=(SMALL,), pinned=(SMALL,)))

    image_of(client, names)
    assert workshop.left() == []


def test_progress_reports_each_step(client: docker.DockerClient, workshop: Workshop, names: list[str]) -> None:
    workshop.execute(client, Plan(made=(SMALL,), pinned=(SMALL,)))

    image_of(client, names)
    parts = [part.split(": ", 1)[1] for step in workshop.steps for part in step.what.split("; ")]
    assert list(dict.fromkeys(parts)) == [
        "looking in the cache folder",
        "downloading the Go toolchain",
        "installing Debian trixie packages",
        "writing the layer",
        "importing into the engine",
    ]


def test_image_that_appeared_in_the_meantime_is_not_replaced(client: docker.DockerClient, workshop: Workshop) -> None:
    identity = small_image(client, SMALL.reference, "the user's own")

    workshop.execute(client, Plan(made=(SMALL,), pinned=(SMALL,)))

    image = found(client, SMALL.reference)
    assert image is not None
    assert (image.id, image.is_stand_in) == (identity, False)


def images(client: docker.DockerClient) -> set[str]:
    """The IDs of all stand-ins of this test, tagged or not."""
    return {str(image.id) for image in client.images.list(all=True, filters={"label": f"{STAND_IN}={SMALL.reference}"})}


def test_root_that_fails_halfway_makes_no_image(client: docker.DockerClient, workshop: Workshop) -> None:
    before = images(client)
    workshop.script = f"{HALF}; echo 'E: no space left' >&2; exit 25"

    with pytest.raises(BaseImageError, match="no space left"):
        workshop.execute(client, Plan(made=(SMALL,)))

    assert found(client, SMALL.reference) is None
    assert images(client) == before
    assert workshop.left() == []


def test_interruption_leaves_nothing(client: docker.DockerClient, workshop: Workshop) -> None:
    before = images(client)
    workshop.script = f"{HALF}; exec sleep 60"

    def interrupt(step: Progress) -> None:
        if step.what.endswith("writing the layer"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        making.execute(client, Plan(made=(SMALL,)), interrupt, None, print, {})

    assert found(client, SMALL.reference) is None
    assert images(client) == before
    assert workshop.left() == []


def test_killed_runs_work_folders_are_removed(
    client: docker.DockerClient, workshop: Workshop, names: list[str]
) -> None:
    (workshop.cache / "base-images-killed/root").mkdir(parents=True)

    workshop.execute(client, Plan(made=(SMALL,)))

    image_of(client, names)
    assert workshop.left() == []


def test_a_work_folder_that_root_left_does_not_stop_a_run(
    client: docker.DockerClient, workshop: Workshop, names: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(folder: Path) -> None:
        raise PermissionError(13, "Permission denied", str(folder))

    monkeypatch.setattr(making, "discard", refuse)
    (workshop.cache / "base-images-of-root").mkdir(parents=True)

    workshop.execute(client, Plan(made=(SMALL,)))

    assert image_of(client, names).source == "stand-in"
    assert workshop.left() == ["base-images-of-root"]


def test_one_process_at_a_time(
    client: docker.DockerClient, workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making, "LOCK_SECONDS", 0.1)
    workshop.cache.mkdir(parents=True)

    with filelock.FileLock(workshop.cache / "base-images.lock"), pytest.raises(BaseImageError, match="Another process"):
        workshop.execute(client, Plan(made=(SMALL,)))

    assert "waiting for another run" in workshop.steps[0].what


def test_other_apt_sources_are_tried(client: docker.DockerClient, workshop: Workshop, names: list[str]) -> None:
    workshop.script = f"case $SOURCES in *first*) echo 'E: gone' >&2; exit 25;; esac; {ROOT}"

    workshop.execute(client, Plan(made=(SMALL,)))

    assert image_of(client, names).source == "stand-in"
    assert any("trying other apt sources" in step.what for step in workshop.steps)


def test_engine_with_another_architecture(
    client: docker.DockerClient, workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")

    with pytest.raises(BaseImageError, match="this machine is riscv64"):
        workshop.execute(client, Plan(made=(SMALL,)))


def test_too_little_disk_space_fails_before_anything_starts(client: docker.DockerClient, workshop: Workshop) -> None:
    with pytest.raises(DiskFull):
        workshop.execute(client, Plan(made=(replace(SMALL, work_bytes=10**18),)))

    assert workshop.steps == []

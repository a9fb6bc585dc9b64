"""Making stand-ins on a real engine, from a small root instead of Debian's; failures leave nothing behind."""

import os
import platform
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import docker
import filelock
import pytest

from helpers import standins
from helpers.core.errors import BaseImageError, DiskFull
from helpers.core.records import BaseImage, Progress
from helpers.engine.base_images import found
from helpers.engine.image_source import STAND_IN, split, stand_in_name
from helpers.engine.removal import Removals
from helpers.standins import debian, delivery, ensure, local_registry, making, recipes, stand_in_cache, toolchain
from helpers.standins.image_layout import ImageLayout, read
from helpers.standins.recipes import Plan, Recipe
from tests.standins.images import small_image
from tests.standins.layouts import small_layout
from tests.standins.toolchain_zips import FILES, SUM, zip_of

pytestmark = pytest.mark.engine

# Nothing answers at port 1, so a missing image has to be made.
SMALL = Recipe("localhost:1/test-stand-in:latest", "trixie", go="1.19.13", packages=(), pinned=True)
ROOT = """
echo '0 upgraded, 1 newly installed' >&2
mkdir root && tar -C root -xf "$OVERLAY" && echo Debian >root/etc/issue && tar -C root -cf - .
"""
HALF = "mkdir root && head -c 4000000 /dev/urandom >root/large && tar -C root -cf - . | head -c 3000000"
GO = """#!/bin/sh
cp {zip} "$GOMODCACHE/go.zip" && echo "{{\\"Zip\\": \\"$GOMODCACHE/go.zip\\"}}"
"""


class Workshop:
    """A test's setup for making stand-ins: its cache folder, what it printed, and the script that makes the root."""

    def __init__(self, cache: Path) -> None:
        self.cache = cache / "dockerfile-workbook"
        self.script = ROOT
        self.said: list[str] = []
        self.steps: list[Progress] = []

    def command(self, suite: str, packages: object, sources: object, overlay: Path, apt: Path) -> list[str]:
        """The command that replaces mmdebstrap."""
        return ["env", f"OVERLAY={overlay}", f"SOURCES={sources}", "sh", "-ec", f'cd "$TMPDIR"; {self.script}']

    def execute(self, client: docker.DockerClient, plan: Plan) -> None:
        """Executes the plan and records its progress and messages."""
        making.execute(client, plan, self.steps.append, None, self.said.append, {})

    def left(self) -> list[str]:
        """The names in the cache folder, without lock files and finished stand-ins."""
        return [path.name for path in self.cache.iterdir() if path.suffix != ".lock" and path.name != "stand-ins"]

    def layouts(self) -> list[Path]:
        """The finished stand-ins in the cache folder."""
        return stand_in_cache.kept(self.cache)


@pytest.fixture
def workshop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, names: list[str]) -> Workshop:
    """A machine with all the tools that a small stand-in needs."""
    program = tmp_path / "bin/go"
    program.parent.mkdir()
    program.write_text(GO.format(zip=zip_of(tmp_path / "go.zip", SMALL.go)))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=os.pathsep)
    monkeypatch.setattr(toolchain, "SUMS", {(SMALL.go, architecture): SUM for architecture in ("amd64", "arm64")})
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    workshop = Workshop(tmp_path / "cache")
    monkeypatch.setattr(making, "require", lambda install: None)
    monkeypatch.setattr(debian, "output", lambda *_: "")
    monkeypatch.setattr(debian, "machine_sources", lambda suite: (("first",), ("second",)))
    monkeypatch.setattr(debian, "command", workshop.command)
    monkeypatch.setattr(recipes, "RECIPES", (SMALL,))
    names += [SMALL.reference, stand_in_name(SMALL.reference)]
    return workshop


def image_of(client: docker.DockerClient, names: list[str]) -> BaseImage:
    """The stand-in on the engine; its other names are removed after the test."""
    image = found(client, SMALL.reference)
    assert image is not None
    names += [name for name in client.images.get(image.id).tags if name != SMALL.reference]
    return image


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


def test_pinned_stand_in_has_a_digest(client: docker.DockerClient, workshop: Workshop, names: list[str]) -> None:
    workshop.execute(client, Plan(made=(SMALL,), pinned=(SMALL,)))

    assert image_of(client, names).digest.startswith("127.0.0.1:")
    assert workshop.said == []


def test_only_a_pinned_stand_in_keeps_a_name_of_the_registry(client: docker.DockerClient, workshop: Workshop) -> None:
    workshop.execute(client, Plan(made=(replace(SMALL, pinned=False),)))

    image = found(client, SMALL.reference)
    assert image is not None
    assert (client.images.get(image.id).tags, image.digest) == ([stand_in_name(SMALL.reference)], "")


def test_missing_digest_is_added_later(client: docker.DockerClient, workshop: Workshop, names: list[str]) -> None:
    workshop.execute(client, Plan(made=(replace(SMALL, pinned=False),)))
    before = image_of(client, names)

    workshop.execute(client, Plan(pinned=(SMALL,)))

    after = image_of(client, names)
    assert (after.id, before.digest) == (before.id, "")
    assert after.digest


def test_stand_in_that_is_not_in_the_cache_gets_no_digest(
    client: docker.DockerClient, workshop: Workshop, names: list[str]
) -> None:
    workshop.execute(client, Plan(made=(replace(SMALL, pinned=False),)))
    for layout in workshop.layouts():
        shutil.rmtree(layout)

    workshop.execute(client, Plan(pinned=(SMALL,)))

    assert image_of(client, names).digest == ""
    assert "the cache folder doesn't have this stand-in" in workshop.said[0]


def test_engine_that_cannot_reach_the_registry_gets_the_image_without_a_digest(
    client: docker.DockerClient, workshop: Workshop, monkeypatch: pytest.MonkeyPatch, names: list[str]
) -> None:
    @contextmanager
    def elsewhere(layout: ImageLayout) -> Iterator[str]:
        yield "127.0.0.1:1"

    monkeypatch.setattr(local_registry, "serving", elsewhere)

    workshop.execute(client, Plan(made=(SMALL,), pinned=(SMALL,)))

    assert (image_of(client, names).digest, image_of(client, names).source) == ("", "stand-in")
    (line,) = workshop.said
    assert line.startswith(f"{SMALL.reference} has no digest to pin: ") and "connection refused" in line


def test_engine_with_another_registry_at_its_loopback_address(
    client: docker.DockerClient, workshop: Workshop, monkeypatch: pytest.MonkeyPatch, names: list[str], tmp_path: Path
) -> None:
    serving, foreign = local_registry.serving, small_layout(tmp_path, "foreign", {STAND_IN: SMALL.reference})
    addresses: list[str] = []

    @contextmanager
    def elsewhere(layout: ImageLayout) -> Iterator[str]:
        with serving(foreign) as address:
            addresses.append(address)
            yield address

    monkeypatch.setattr(local_registry, "serving", elsewhere)

    workshop.execute(client, Plan(made=(SMALL,), pinned=(SMALL,)))

    (layout,) = map(read, workshop.layouts())
    assert image_of(client, names).id in layout.identities
    assert image_of(client, names).digest == ""
    assert "pulled another image from its own loopback address" in workshop.said[0]
    assert not client.images.list(f"{addresses[0]}/test-stand-in")


def test_pulled_and_loaded_images_are_the_same(
    client: docker.DockerClient, workshop: Workshop, names: list[str]
) -> None:
    workshop.execute(client, Plan(made=(SMALL,), pinned=(SMALL,)))
    pulled = image_of(client, names)
    (layout,) = workshop.layouts()

    delivery.load(client, read(layout), "", lambda progress: None)

    assert image_of(client, names).id == pulled.id


def test_second_engine_takes_the_stand_in_from_the_cache(
    client: docker.DockerClient, workshop: Workshop, names: list[str]
) -> None:
    workshop.execute(client, Plan(made=(SMALL,), pinned=(SMALL,)))
    first = image_of(client, names)
    remove(client, references=[SMALL.reference])
    workshop.script = "exit 25"  # nothing is made again
    workshop.steps.clear()

    workshop.execute(client, Plan(made=(SMALL,), pinned=(SMALL,)))

    second = image_of(client, names)
    assert (second.id, second.digest.split("@")[1]) == (first.id, first.digest.split("@")[1])
    (line,) = workshop.said
    assert f"taken from the cache folder, made on {datetime.now(UTC):%Y-%m-%d}" in line


def test_stand_in_in_the_cache_needs_consent_but_nothing_else(
    client: docker.DockerClient, workshop: Workshop, names: list[str]
) -> None:
    workshop.execute(client, Plan(made=(SMALL,)))
    image_of(client, names)
    remove(client, references=[SMALL.reference])
    workshop.script = "exit 25"

    now = standins.plan(client, [SMALL.reference])
    assert (now.cached, now.made, now.pinned) == ((SMALL,), (), (SMALL,))
    with pytest.raises(BaseImageError, match=r"Missing: localhost:1/test-stand-in:latest"):
        ensure_small(client, workshop, False)
    ensure_small(client, workshop, True)

    assert image_of(client, names).digest


def test_cached_stand_ins_are_deleted_on_request(
    client: docker.DockerClient, workshop: Workshop, names: list[str]
) -> None:
    workshop.execute(client, Plan(made=(SMALL,)))
    image_of(client, names)
    (layout,) = workshop.layouts()

    assert making.discard_cached(dry_run=True) == ([f"would remove folder {layout}"], [])
    assert workshop.layouts() == [layout]
    with filelock.FileLock(workshop.cache / "base-images.lock"):  # another run may be serving it
        done, (left,) = making.discard_cached(dry_run=False)
    assert done == [] and left.startswith(f"left folder {layout}: ")
    assert making.discard_cached(dry_run=False) == ([f"removed folder {layout}"], [])
    assert workshop.layouts() == []


def test_damaged_stand_in_in_the_cache_is_made_again(
    client: docker.DockerClient, workshop: Workshop, names: list[str]
) -> None:
    workshop.execute(client, Plan(made=(SMALL,)))
    image_of(client, names)
    remove(client, references=[SMALL.reference])
    (layout,) = map(read, workshop.layouts())
    with layout.blob(layout.manifest["layers"][0]["digest"]).open("r+b") as file:
        file.write(b"damaged")

    workshop.execute(client, Plan(made=(SMALL,)))

    assert image_of(client, names).source == "stand-in"
    assert all(read(each).is_intact() for each in workshop.layouts())
    assert workshop.said == []


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


def ensure_small(client: docker.DockerClient, workshop: Workshop, consent: bool | Callable[[str], bool]) -> None:
    """Calls `ensure` for a missing image whose registry does not answer."""
    ensure(
        client,
        consent=consent,
        on_progress=workshop.steps.append,
        references=[SMALL.reference],
        say=workshop.said.append,
    )


@pytest.mark.parametrize("consent", [False, lambda plan: False], ids=["none", "refused"])
def test_without_consent_nothing_is_made(
    client: docker.DockerClient, workshop: Workshop, consent: bool | Callable[[str], bool]
) -> None:
    with pytest.raises(BaseImageError, match="connection refused") as caught:
        ensure_small(client, workshop, consent)

    assert "run --yes" in caught.value.hint
    assert found(client, SMALL.reference) is None
    assert workshop.steps == []


def test_without_consent_no_digest_is_added(client: docker.DockerClient, workshop: Workshop, names: list[str]) -> None:
    workshop.execute(client, Plan(made=(replace(SMALL, pinned=False),)))
    workshop.steps.clear()

    ensure_small(client, workshop, False)

    assert image_of(client, names).digest == ""
    assert (workshop.said, workshop.steps) == ([], [])


@pytest.mark.parametrize("answer", [False, True])
def test_a_digest_is_asked_about(
    client: docker.DockerClient, workshop: Workshop, names: list[str], answer: bool
) -> None:
    workshop.execute(client, Plan(made=(replace(SMALL, pinned=False),)))
    questions: list[str] = []

    def reply(plan: str) -> bool:
        questions.append(plan)
        return answer

    ensure_small(client, workshop, reply)

    assert questions == ["Stand-ins that get a digest to pin: localhost:1/test-stand-in:latest."]
    assert bool(image_of(client, names).digest) is answer


def test_too_little_disk_space_fails_before_anything_starts(client: docker.DockerClient, workshop: Workshop) -> None:
    with pytest.raises(DiskFull):
        workshop.execute(client, Plan(made=(replace(SMALL, work_bytes=10**18),)))

    assert workshop.steps == []


def test_consent_question_contains_the_plan(client: docker.DockerClient, workshop: Workshop, names: list[str]) -> None:
    questions: list[str] = []

    def agree(plan: str) -> bool:
        questions.append(plan)
        return True

    ensure_small(client, workshop, agree)

    assert image_of(client, names).source == "stand-in"
    assert "labelled as stand-ins" in questions[0]
    assert workshop.said == questions


def test_existing_stand_in_is_not_made_again(client: docker.DockerClient, workshop: Workshop, names: list[str]) -> None:
    ensure_small(client, workshop, True)
    first = image_of(client, names)
    workshop.said.clear()
    workshop.script = "exit 25"

    ensure_small(client, workshop, True)

    assert image_of(client, names) == first
    assert workshop.said == []


def remove(client: docker.DockerClient, dry_run: bool = False, *, references: list[str]) -> list[str]:
    """Removes stand-ins and work folders as `clean` does; returns the lines that it would print."""
    removals = Removals(client, dry_run)
    standins.remove(removals, references)
    return [*removals.done, *removals.left]


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


def test_load_refused_by_the_engine() -> None:
    delivery.require_loaded(iter([{"stream": "Loaded image"}]))
    with pytest.raises(BaseImageError, match="no space left"):
        delivery.require_loaded(iter([{"errorDetail": {"message": "no space left"}, "error": "no space left"}]))

"""The plan as text and numbers, and the error if disk space is short."""

import shutil
from pathlib import Path

import pytest

from helpers.core.errors import DiskFull
from helpers.standins.recipes import Plan, Recipe, require_space

ONE = Recipe(
    "golang",
    "trixie",
    download_bytes=200_000_000,
    image_bytes=800_000_000,
    work_bytes=1_200_000_000,
    seconds=60,
    pull_bytes=300_000_000,
)
TWO = Recipe(
    "golang:1.19",
    "bullseye",
    pinned=True,
    download_bytes=300_000_000,
    image_bytes=900_000_000,
    work_bytes=1_500_000_000,
    seconds=90,
)
MORE_THAN_ANY_DISK = 10**18


def test_empty_plan_has_no_text() -> None:
    assert str(Plan()) == ""


def test_stand_ins_with_sizes_time_and_reason() -> None:
    plan = Plan(made=(ONE, TWO), pinned=(TWO,), why="golang could not be pulled: no such host.")

    assert (plan.download_bytes, plan.image_bytes, plan.seconds) == (500_000_000, 1_700_000_000, 90)
    assert plan.work_bytes == 2_700_000_000  # both at the same time
    for part in (
        "no such host",
        "golang and golang:1.19",
        "500 MB",
        "1.7 GB",
        "2.7 GB",
        "2 min",
        "stand-ins",
        "digest",
    ):
        assert part in str(plan)


def test_stand_ins_in_the_cache_need_no_download() -> None:
    plan = Plan(made=(ONE,), cached=(TWO,), why="no such host.")

    assert (plan.download_bytes, plan.image_bytes, plan.work_bytes) == (200_000_000, 1_700_000_000, 1_200_000_000)
    assert "import from the cache folder: golang:1.19 (900 MB)." in str(plan)
    assert str(plan).count("no such host") == str(Plan(cached=(TWO,), why="no such host.")).count("no such host") == 1


def test_pulls() -> None:
    plan = Plan(pulled=(ONE,))

    assert "to pull: golang" in str(plan)
    assert "300 MB" in str(plan)
    assert plan.seconds == 0


def test_image_of_unknown_size_is_listed_without_a_size() -> None:
    assert str(Plan(pulled=(Recipe("postgres"),))) == "Images to pull: postgres."


def test_enough_space(tmp_path: Path) -> None:
    require_space(Plan(made=(Recipe("golang", "trixie", image_bytes=1, work_bytes=1),)), tmp_path, tmp_path)


@pytest.mark.parametrize(
    "recipe",
    [
        Recipe("golang", "trixie", image_bytes=MORE_THAN_ANY_DISK),
        Recipe("golang", "trixie", work_bytes=MORE_THAN_ANY_DISK),
    ],
)
def test_too_little_space(tmp_path: Path, recipe: Recipe) -> None:
    with pytest.raises(DiskFull, match="GB needed"):
        require_space(Plan(made=(recipe,)), tmp_path, tmp_path)


def test_images_and_work_folder_on_the_same_disk_add_up(tmp_path: Path) -> None:
    free = shutil.disk_usage(tmp_path).free
    recipe = Recipe("golang", "trixie", image_bytes=free * 2 // 3, work_bytes=free * 2 // 3)

    with pytest.raises(DiskFull):
        require_space(Plan(made=(recipe,)), tmp_path, tmp_path)


def test_download_and_unpacked_image_of_a_pull_add_up(tmp_path: Path) -> None:
    free = shutil.disk_usage(tmp_path).free
    recipe = Recipe("golang", image_bytes=free * 2 // 3, pull_bytes=free * 2 // 3)

    with pytest.raises(DiskFull):
        require_space(Plan(pulled=(recipe,)), tmp_path, tmp_path)


@pytest.mark.parametrize("folder", [None, Path("/nowhere/docker")], ids=["remote", "in a virtual machine"])
def test_engine_elsewhere_needs_no_space_here(tmp_path: Path, folder: Path | None) -> None:
    require_space(Plan(pulled=(Recipe("golang", image_bytes=MORE_THAN_ANY_DISK),)), tmp_path, folder)

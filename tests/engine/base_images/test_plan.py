"""The plan in sentences and figures, and the refusal where a disk is short."""

import shutil
from pathlib import Path

import pytest

from helpers.engine.base_images.plan import Plan, require_room
from helpers.engine.base_images.recipe import Recipe
from helpers.records.errors import DiskFull

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
    digest_seconds=30,
)
MORE_THAN_ANY_DISK = 10**18


def test_nothing_to_do_says_nothing() -> None:
    assert str(Plan()) == ""


def test_stand_ins_with_figures_and_reason() -> None:
    plan = Plan(made=(ONE, TWO), pinned=(TWO,), why="No registry answers for golang: no such host.")

    assert (plan.download_bytes, plan.image_bytes, plan.seconds) == (500_000_000, 1_700_000_000, 180)
    assert plan.work_bytes == 1_500_000_000  # one after the other
    for part in (
        "no such host",
        "golang and golang:1.19",
        "500 MB",
        "1.7 GB",
        "1.5 GB",
        "2 min",
        "stand-ins",
        "digest",
    ):
        assert part in str(plan)


def test_pulls() -> None:
    plan = Plan(pulled=(ONE,))

    assert "pulled: golang" in str(plan)
    assert "300 MB" in str(plan)
    assert plan.seconds == 0


def test_image_of_unknown_size_is_named_without_a_figure() -> None:
    assert str(Plan(pulled=(Recipe("postgres"),))) == "To be pulled: postgres."


def test_room_for_it(tmp_path: Path) -> None:
    require_room(Plan(made=(Recipe("golang", "trixie", image_bytes=1, work_bytes=1),)), tmp_path, tmp_path)


@pytest.mark.parametrize(
    "recipe",
    [
        Recipe("golang", "trixie", image_bytes=MORE_THAN_ANY_DISK),
        Recipe("golang", "trixie", work_bytes=MORE_THAN_ANY_DISK),
    ],
)
def test_too_little_room(tmp_path: Path, recipe: Recipe) -> None:
    with pytest.raises(DiskFull, match="GB are needed"):
        require_room(Plan(made=(recipe,)), tmp_path, tmp_path)


def test_one_disk_holds_the_images_and_the_work(tmp_path: Path) -> None:
    free = shutil.disk_usage(tmp_path).free
    recipe = Recipe("golang", "trixie", image_bytes=free * 2 // 3, work_bytes=free * 2 // 3)

    with pytest.raises(DiskFull):
        require_room(Plan(made=(recipe,)), tmp_path, tmp_path)


def test_engine_elsewhere_is_asked_for_no_room_here(tmp_path: Path) -> None:
    require_room(Plan(pulled=(Recipe("golang", image_bytes=MORE_THAN_ANY_DISK),)), tmp_path, tmp_path / "elsewhere")

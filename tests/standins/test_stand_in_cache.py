"""Stand-ins in the cache folder: found by recipe, replaced, and not found if damaged."""

from dataclasses import replace
from pathlib import Path

import pytest

from helpers.standins import stand_in_cache, toolchain
from helpers.standins.image_layout import ImageLayout
from helpers.standins.recipes import Recipe
from tests.standins.layouts import small_layout

RECIPE = Recipe("golang:1.19-bullseye", "bullseye", go="1.19.13", packages=("git",), seconds=90)


@pytest.fixture
def kept(tmp_path: Path) -> ImageLayout:
    """A stand-in of the recipe in the cache folder `tmp_path`."""
    return keep(tmp_path, RECIPE, "first")


def keep(cache: Path, recipe: Recipe, text: str) -> ImageLayout:
    """Puts a new layout into the cache."""
    work = cache / f"base-images-{text}"
    work.mkdir()
    return stand_in_cache.keep(cache, recipe, "amd64", small_layout(work, text).folder)


def test_stand_in_is_found_by_its_recipe(tmp_path: Path, kept: ImageLayout) -> None:
    assert stand_in_cache.find(tmp_path, RECIPE, "amd64") == kept
    assert stand_in_cache.find(tmp_path, replace(RECIPE, seconds=70), "amd64") == kept  # an estimate changes no image


@pytest.mark.parametrize(
    "change",
    [{"reference": "golang"}, {"suite": "trixie"}, {"go": "1.19.12"}, {"packages": ("git", "curl")}],
    ids=lambda change: next(iter(change)),
)
def test_another_recipe_finds_nothing(tmp_path: Path, kept: ImageLayout, change: dict[str, str]) -> None:
    assert stand_in_cache.find(tmp_path, replace(RECIPE, **change), "amd64") is None  # type: ignore[arg-type]


def test_another_architecture_finds_nothing(tmp_path: Path, kept: ImageLayout) -> None:
    assert stand_in_cache.find(tmp_path, RECIPE, "arm64") is None


def test_stand_in_with_other_certificates_is_not_used(
    tmp_path: Path, kept: ImageLayout, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "own.crt").write_text("a proxy's certificate")
    monkeypatch.setattr(toolchain, "CERTIFICATES", (str(tmp_path / "own.crt"),))

    assert stand_in_cache.find(tmp_path, RECIPE, "amd64") is None


def test_damaged_stand_in_is_not_found(tmp_path: Path, kept: ImageLayout) -> None:
    with kept.blob(kept.manifest["layers"][0]["digest"]).open("r+b") as file:
        file.write(b"damaged")

    assert stand_in_cache.find(tmp_path, RECIPE, "amd64") is None


def test_incomplete_stand_in_is_not_found(tmp_path: Path, kept: ImageLayout) -> None:
    (kept.folder / "index.json").unlink()

    assert stand_in_cache.find(tmp_path, RECIPE, "amd64") is None


def test_new_one_replaces_the_others_for_the_same_base_image_only(tmp_path: Path, kept: ImageLayout) -> None:
    other = keep(tmp_path, replace(RECIPE, reference="golang"), "other")
    newer = keep(tmp_path, replace(RECIPE, go="1.19.12"), "second")

    assert stand_in_cache.kept(tmp_path) == sorted([other.folder, newer.folder])

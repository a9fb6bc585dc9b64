"""The attack surface is counted only if the image was scanned and the container run."""

import pytest

from helpers.core.records import Contents, Health, Measurement, Packages, Process, Run
from helpers.metrics.attack_surface import CATEGORIES, AttackSurface, attack_surface, categories_found

WHOLE = Contents(9, 9, 830, ("/bin/sh", "/bin/bash"), ("/usr/bin/apt",), ("/usr/bin/gcc",), ("/bin/su",))
BARE = Contents(3, 9, 1)


def measurement(contents: Contents | None, uid: int | None, packages: Packages | None = None) -> Measurement:
    run = Run(Health(200, 0.03), process=None if uid is None else Process(uid, uid))
    return Measurement("01-naive", contents=contents, run=run, packages=packages)


def test_each_count_is_that_of_the_record() -> None:
    packages = Packages({"deb": 120, "go-module": 23})
    assert attack_surface(measurement(WHOLE, 0, packages)) == AttackSurface(
        uid=0, shells=2, package_managers=1, compilers=1, setuid=1, executables=830, packages=143
    )
    assert attack_surface(measurement(BARE, 1001)) == AttackSurface(1001, 0, 0, 0, 0, executables=1, packages=None)


@pytest.mark.parametrize(
    ("contents", "uid", "count"),
    [
        (WHOLE, 0, CATEGORIES),
        (WHOLE, 5, CATEGORIES - 1),
        (BARE, 0, 1),
        (BARE, 5, 0),
        (BARE, None, None),
        (None, 0, None),
    ],
)
def test_each_category_is_counted_once(contents: Contents | None, uid: int | None, count: int | None) -> None:
    assert categories_found(measurement(contents, uid)) == count


def test_a_container_that_never_ran_has_no_attack_surface() -> None:
    assert attack_surface(Measurement("01-naive", contents=BARE)) is None

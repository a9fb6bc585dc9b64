"""How far the installation of Debian's packages is, read from its account."""

from helpers.engine.base_images.stand_in import Packages

# Shortened from mmdebstrap 1.3.5: the essential packages come first, with a count of their own.
ACCOUNT = """\
I: downloading packages with apt...
0 upgraded, 2 newly installed, 0 to remove and 0 not upgraded.
Get:1 http://mirror.example/debian bullseye/main amd64 libc6 amd64 2.31-13 [2816 kB]
Unpacking libc6:amd64 (2.31-13+deb11u14) ...
Setting up libc6:amd64 (2.31-13+deb11u14) ...
Setting up bash (5.1-2+deb11u1) ...
I: installing remaining packages inside the chroot...
0 upgraded, 1 newly installed, 0 to remove and 0 not upgraded.
Unpacking gcc (4:10.2.1-1) ...
Setting up gcc (4:10.2.1-1) ...
"""


def test_packages_are_counted_as_they_are_set_up() -> None:
    packages = Packages("golang: Debian bullseye's packages")

    steps = [packages.read(line) for line in ACCOUNT.splitlines()]

    assert [step.done for step in steps] == [0, 0, 0, 0, 1, 2, 2, 2, 2, 3]
    assert steps[-1].detail == "Setting up gcc (4:10.2.1-1) ..."
    assert steps[-1].what == "golang: Debian bullseye's packages"


def test_total_is_not_known_before_both_lists_are() -> None:
    packages = Packages("")

    totals = [packages.read(line).total for line in ACCOUNT.splitlines()]

    assert totals == [0] * 7 + [3] * 3

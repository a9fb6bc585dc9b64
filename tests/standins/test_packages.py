"""Progress of the package installation, read from its log."""

from helpers.standins.go_image import InstallProgress

# Shortened from mmdebstrap 1.3.5: the essential packages are installed first, with a separate count.
LOG = """\
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
    progress = InstallProgress("golang: installing Debian bullseye packages")

    steps = [progress.read(line) for line in LOG.splitlines()]

    assert [step.done for step in steps] == [0, 0, 0, 0, 1, 2, 2, 2, 2, 3]
    assert steps[-1].detail == "Setting up gcc (4:10.2.1-1) ..."
    assert steps[-1].what == "golang: installing Debian bullseye packages"


def test_total_is_unknown_until_both_counts_are_known() -> None:
    progress = InstallProgress("")

    totals = [progress.read(line).total for line in LOG.splitlines()]

    assert totals == [0] * 7 + [3] * 3

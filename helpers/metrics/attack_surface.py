"""What an attacker in the container has: the user that it runs as, and the tools in the image."""

from dataclasses import dataclass

from helpers.core.records import Measurement

CATEGORIES = 5  # running as root, and the four categories of tools


@dataclass(frozen=True, slots=True)
class AttackSurface:
    """The user of the container's first process, and numbers of files in the image's final file system."""

    uid: int
    shells: int
    package_managers: int
    compilers: int
    setuid: int  # setuid programs
    executables: int
    packages: int | None = None  # None: not scanned

    @property
    def is_root(self) -> bool:
        """Whether the process runs as root."""
        return self.uid == 0

    @property
    def categories(self) -> int:
        """How many of the CATEGORIES are present."""
        tools = (self.shells, self.package_managers, self.compilers, self.setuid)
        return self.is_root + sum(count > 0 for count in tools)


def attack_surface(measurement: Measurement) -> AttackSurface | None:
    """The attack surface; None if the image was not scanned or the container not run."""
    inside, process = measurement.contents, measurement.run.process if measurement.run else None
    if inside is None or process is None:
        return None
    return AttackSurface(
        uid=process.uid,
        shells=len(inside.shells),
        package_managers=len(inside.package_managers),
        compilers=len(inside.compilers),
        setuid=len(inside.setuid),
        executables=inside.executables,
        packages=measurement.packages.total if measurement.packages else None,
    )


def categories_found(measurement: Measurement) -> int | None:
    """How many of the CATEGORIES an attacker finds; None if the image was not scanned or the container not run."""
    surface = attack_surface(measurement)
    return surface.categories if surface else None

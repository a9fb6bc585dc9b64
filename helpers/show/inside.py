"""Tables of an image: its contents, its packages, its layers and configuration."""

from collections.abc import Callable, Mapping, Sequence

from helpers.records import BaseImage, Contents, Image, Package, Packages
from helpers.show import notes, units
from helpers.show.table import Table
from helpers.show.words import one_line

NAMED = 4  # paths or packages listed by name; the rest are only counted
ESTIMATE = "an estimate, with layers compressed as for a push"
FOUND = "found by Syft in the image's files; a package that occurs twice in one version counts once"

ROWS: Mapping[str, Callable[[Contents], str]] = {
    "files": lambda inside: f"{inside.files:,}",
    "MB in files": lambda inside: units.megabytes(units.in_megabytes(inside.bytes)),
    "programs": lambda inside: f"{inside.executables:,}",
    "shells": lambda inside: _listed(inside.shells),
    "package managers": lambda inside: _listed(inside.package_managers),
    "compilers": lambda inside: _listed(inside.compilers),
    "setuid programs": lambda inside: _listed(inside.setuid),
    "users": lambda inside: _listed(inside.users),
    "CA certificates": lambda inside: _yes(inside.has_certificates),
    "time zones": lambda inside: _yes(inside.has_time_zones),
}


def contents_table(images: Mapping[str, Contents], base_images: Sequence[BaseImage] = ()) -> Table:
    """The contents of one image, or of several side by side, a column each."""
    cells = [[title, *(text(inside) for inside in images.values())] for title, text in ROWS.items()]
    return Table(["contents", *images], cells, [notes.MEGABYTES, *notes.bases(base_images)], numbers=False)


def packages_table(packages: Packages, base_images: Sequence[BaseImage] = ()) -> Table:
    """The software packages of an image: the count and some names for each kind, then the total."""
    cells = [[kind, f"{count:,}", _some(packages.named, kind)] for kind, count in packages.counts.items()]
    total = ["all kinds", f"{packages.total:,}", ""]
    return Table(["packages", "count", "examples"], [*cells, total], [FOUND, *notes.bases(base_images)], numbers=False)


def image_table(image: Image, base_images: Sequence[BaseImage] = ()) -> Table:
    """The layers of an image in MB, lowest first, with its configuration below."""
    layers = [
        [one_line(layer.created_by) or units.ABSENT, f"{units.in_megabytes(layer.bytes):,.2f}"]
        for layer in image.layers
    ]
    total = ["all layers", f"{units.in_megabytes(image.bytes):,.2f}"]
    lines = [notes.MEGABYTES, *_transfer(image), *notes.bases(base_images), *_configuration(image)]
    return Table(["layer", "MB"], [*layers, total], lines)


def _transfer(image: Image) -> list[str]:
    if image.transfer_bytes is None:
        return []
    return [f"about {units.bytes_in_words(image.transfer_bytes)} to transfer: {ESTIMATE}"]


def _configuration(image: Image) -> list[str]:
    settings = {
        "user": image.user or "root",
        "environment": _pairs(image.environment),
        "labels": _pairs(image.labels),
        "exposed ports": ", ".join(image.exposed_ports),
        "entrypoint": " ".join(image.entrypoint),
        "command": " ".join(image.command),
        "health check": " ".join(image.healthcheck),
    }
    return [f"{name}: {value or 'none'}" for name, value in settings.items()]


def _some(packages: Sequence[Package], kind: str) -> str:
    return _first([f"{package.name} {package.version}" for package in packages if package.kind == kind])


def _pairs(values: Mapping[str, str]) -> str:
    return ", ".join(f"{name}={value}" for name, value in values.items())


def _listed(found: Sequence[str]) -> str:
    if not found:
        return "none"
    return f"{len(found)}: {_first(found)}"


def _first(names: Sequence[str]) -> str:
    return ", ".join([*names[:NAMED], *(["…"] if len(names) > NAMED else [])])


def _yes(present: bool) -> str:
    return "yes" if present else "no"

"""Tables of images: contents side by side, packages, layers and configuration."""

from helpers.charts import notes
from helpers.charts.record_tables import contents_table, image_table, packages_table
from helpers.core.records import BaseImage, Contents, Image, Layer, Package, Packages

LARGE = Contents(
    21_000,
    950_000_000,
    1_200,
    shells=("/bin/bash", "/bin/sh"),
    package_managers=("/usr/bin/apt",),
    compilers=("/usr/bin/gcc",),
    setuid=("/bin/mount", "/bin/su", "/bin/umount", "/usr/bin/chsh", "/usr/bin/passwd"),
    users=("root",),
    has_certificates=True,
    has_time_zones=True,
)
SMALL = Contents(1, 16_800_000, 1)
IMAGE = Image(
    "sha256:1",
    16_800_000,
    16_800_000,
    layers=(Layer("COPY /app/api-golang /api-golang", 16_799_000), Layer("COPY /etc/passwd /etc/passwd", 1_000)),
    user="1001:1001",
    environment={"GIN_MODE": "release"},
    exposed_ports=("8080/tcp",),
)


def rows(table: str) -> dict[str, str]:
    """The other columns of each row, by the first."""
    width = len(table.splitlines()[1].split()[0])
    return {line[:width].strip(): line[width:].strip() for line in table.split("\n\n")[0].splitlines()[2:]}


def test_one_image() -> None:
    inside = rows(contents_table({"before": LARGE}))
    assert inside["files"] == "21,000"
    assert inside["shells"] == "2: /bin/bash, /bin/sh"
    assert inside["setuid programs"] == "5: /bin/mount, /bin/su, /bin/umount, /usr/bin/chsh, …"
    assert inside["CA certificates"] == inside["time zones"] == "yes"


def test_two_images_side_by_side() -> None:
    table = contents_table({"before": LARGE, "after": SMALL})
    assert table.splitlines()[0].split() == ["contents", "before", "after"]
    assert rows(table)["MB in files"].split() == ["950", "16.8"]
    for missing in ("shells", "package managers", "compilers", "setuid programs", "users"):
        assert rows(table)[missing].endswith("none")
    assert rows(table)["CA certificates"].split() == ["yes", "no"]


def test_layers_add_up_and_the_configuration_is_below() -> None:
    table = image_table(IMAGE)
    assert rows(table) == {
        "COPY /app/api-golang /api-golang": "16.80",
        "COPY /etc/passwd /etc/passwd": "0.00",
        "all layers": "16.80",
    }
    for line in ("user: 1001:1001", "environment: GIN_MODE=release", "exposed ports: 8080/tcp", "labels: none"):
        assert line in table.splitlines()


def test_the_transfer_size_is_called_an_estimate() -> None:
    assert "transfer" not in image_table(IMAGE)
    with_estimate = image_table(Image("sha256:1", 16_800_000, 16_800_000, 6_912_345))
    assert "about 6.9 MB to transfer: an estimate, with layers compressed as for a push" in with_estimate.splitlines()


def test_no_user_is_root() -> None:
    assert "user: root" in image_table(Image("sha256:1", 1, 1)).splitlines()


def test_packages_are_counted_by_kind_and_some_are_named() -> None:
    modules = tuple(Package(letter, "v1.0.0", "go-module") for letter in "abcde")
    table = packages_table(Packages({"deb": 1_200, "go-module": 5}, modules))
    assert rows(table)["deb"] == "1,200"
    assert " ".join(rows(table)["go-module"].split()) == "5 a v1.0.0, b v1.0.0, c v1.0.0, d v1.0.0, …"
    assert rows(table)["all kinds"] == "1,205" and "Syft" in table


def test_stand_ins_are_named() -> None:
    base = [BaseImage("golang", "", "stand-in")]
    assert notes.STAND_IN in packages_table(Packages(), base)
    assert notes.STAND_IN in image_table(IMAGE, base) and notes.STAND_IN in contents_table({"x": SMALL}, base)

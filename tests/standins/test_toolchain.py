"""The Go toolchain: how `go` is asked for it, and that only the expected one gets into an image."""

import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from helpers.core.errors import BaseImageError
from helpers.core.paths import PROJECT
from helpers.standins import toolchain
from helpers.standins.recipes import RECIPES
from tests.standins.toolchain_zips import FILES, SUM, module, zip_of

_GO = """#!/bin/sh
echo "$*" >>"$GOMODCACHE/asked"
echo "$GOSUMDB $GONOSUMDB $GOPRIVATE" >"$GOMODCACHE/settings"
[ -z "$FAKE_ERROR" ] || { printf '%s\\n' "$FAKE_ERROR" >&${FAKE_PIPE:-2}; exit 1; }
[ -z "$FAKE_SECONDS" ] || { mkdir "$GOMODCACHE/@v"; head -c 3000000 /dev/zero >"$GOMODCACHE/@v/a.zip1.tmp"; }
for piece in $FAKE_PIECES; do sleep 0.4; mkdir -p "$GOMODCACHE/@v"; echo "$piece" >>"$GOMODCACHE/@v/a.zip1.tmp"; done
[ -z "$FAKE_SECONDS" ] || exec sleep "$FAKE_SECONDS"
echo "{\\"Zip\\": \\"$GOMODCACHE/toolchain.zip\\"}"
"""


@pytest.fixture
def go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A module folder, and a fake `go` that logs its arguments there."""
    program = tmp_path / "bin/go"
    program.parent.mkdir()
    program.write_text(_GO)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=":")
    for name in ("GOSUMDB", "GONOSUMDB", "GOPRIVATE"):
        monkeypatch.setenv(name, "own")
    modules = tmp_path / "modules"
    modules.mkdir()
    return modules


def download(go: Path, architecture: str = "amd64") -> Path:
    """Downloads a toolchain without showing progress."""
    return toolchain.download("1.19.13", architecture, go, lambda count: None)


def test_download(go: Path) -> None:
    assert download(go) == go / "toolchain.zip"
    asked = (go / "asked").read_text().splitlines()[-1]
    assert asked == "mod download -json golang.org/toolchain@v0.0.1-go1.19.13.linux-amd64"


def test_go_finds_the_folder_and_does_not_unpack_the_zip(go: Path) -> None:
    download(go)

    assert list((go / "golang.org/toolchain@v0.0.1-go1.19.13.linux-amd64").iterdir()) == []


def test_machines_settings_are_used_for_a_toolchain_with_a_committed_checksum(go: Path) -> None:
    download(go)

    assert (go / "settings").read_text().split() == ["own", "own", "own"]


def test_checksum_database_is_asked_for_any_other(go: Path) -> None:
    download(go, "riscv64")

    assert (go / "settings").read_text().split() == ["sum.golang.org", "none.invalid", "none.invalid"]


def test_both_toolchains_of_the_recipes_have_a_committed_checksum() -> None:
    assert {(recipe.go, "amd64") for recipe in RECIPES} <= toolchain.SUMS.keys()


def test_toolchains_without_a_committed_checksum_are_documented() -> None:
    both = {(recipe.go, architecture) for recipe in RECIPES for architecture in ("amd64", "arm64")}
    text = (PROJECT / "docs/safety.md").read_text(encoding="utf-8")

    for version, architecture in both - toolchain.SUMS.keys():
        assert f"none for Go {version} on {architecture}" in text


@pytest.mark.parametrize(
    "error",
    [
        "verifying golang.org/toolchain@v0.0.1-go1.19.13.linux-amd64: checksum mismatch",
        "golang.org/toolchain@v0.0.1-go1.19.13.linux-amd64: dial tcp: lookup proxy.example: no such host",
    ],
)
def test_last_line_of_a_failure_is_in_the_message(go: Path, monkeypatch: pytest.MonkeyPatch, error: str) -> None:
    monkeypatch.setenv("FAKE_ERROR", f"go: first\n{error}")

    with pytest.raises(BaseImageError) as caught:
        download(go)
    assert caught.value.message.endswith(error)
    assert "go env GOPROXY" in caught.value.hint


def test_reason_in_the_json_output_is_in_the_message(go: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_PIPE", "1")
    monkeypatch.setenv("FAKE_ERROR", '{\n\t"Path": "golang.org/toolchain",\n\t"Error": "403 Forbidden"\n}')

    with pytest.raises(BaseImageError, match="failed: 403 Forbidden"):
        download(go)


def test_bytes_so_far_are_reported_and_a_silent_download_is_stopped(go: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_SECONDS", "60")
    monkeypatch.setattr(toolchain, "SILENT_SECONDS", 0.8)
    counts: list[int] = []

    with pytest.raises(BaseImageError, match=r"downloaded nothing for 0\.8 s"):
        toolchain.download("1.19.13", "amd64", go, counts.append)

    assert counts[-1] == 3_000_000


def test_a_slow_download_is_not_stopped(go: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_PIECES", "1 2 3 4 5 6")
    monkeypatch.setattr(toolchain, "SILENT_SECONDS", 1.5)

    assert download(go) == go / "toolchain.zip"


def written(zip_file: Path) -> tuple[str, tarfile.TarFile]:
    """The checksum of the zip, and the tar that was written from it."""
    content = io.BytesIO()
    tar = tarfile.TarFile(fileobj=content, mode="w", format=tarfile.GNU_FORMAT)
    checksum = toolchain.write(tar, zip_file, made=1_700_000_000)
    tar.close()
    content.seek(0)
    return checksum, tarfile.open(fileobj=content)


def test_checksum_is_that_of_go(tmp_path: Path) -> None:
    checksum, _ = written(zip_of(tmp_path / "go.zip", "1.19.13"))

    assert checksum == SUM


@pytest.mark.parametrize(
    "files",
    [FILES | {"bin/go": "#!/bin/sh\necho evil\n"}, FILES | {"bin/more": ""}, dict(list(FILES.items())[1:])],
    ids=["other content", "one more file", "one less file"],
)
def test_tampered_toolchain_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: dict[str, str]) -> None:
    monkeypatch.setattr(toolchain, "SUMS", {("1.19.13", "amd64"): SUM})
    checksum, _ = written(zip_of(tmp_path / "go.zip", "1.19.13", files))

    with pytest.raises(BaseImageError, match=r"1\.19\.13 for linux/amd64 is not the official one") as caught:
        toolchain.verify("1.19.13", "amd64", checksum)

    assert checksum in caught.value.message and SUM in caught.value.message
    assert "go env GOPROXY" in caught.value.hint


def test_expected_toolchain_is_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toolchain, "SUMS", {("1.19.13", "amd64"): SUM})

    toolchain.verify("1.19.13", "amd64", SUM)


@pytest.mark.parametrize("damage", [b"PK\3\4", b""], ids=["cut", "empty"])
def test_damaged_zip(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / "go.zip").write_bytes(damage)

    with pytest.raises(BaseImageError, match=r"go\.zip is damaged"):
        written(tmp_path / "go.zip")


def test_damaged_content(tmp_path: Path) -> None:
    """A deflate stream that no decompressor accepts, in a zip whose directory is intact."""
    path = zip_of(tmp_path / "go.zip", "1.19.13")
    content = bytearray(path.read_bytes())
    start = 30 + int.from_bytes(content[26:28], "little") + int.from_bytes(content[28:30], "little")
    content[start] = 0xFF
    path.write_bytes(content)

    with pytest.raises(BaseImageError, match=r"go\.zip is damaged"):
        written(path)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a full device")
def test_a_full_disk_is_not_a_damaged_download(tmp_path: Path) -> None:
    with Path("/dev/full").open("wb", buffering=0) as full, pytest.raises(OSError, match="No space left"):
        tar = tarfile.TarFile(fileobj=full, mode="w", format=tarfile.GNU_FORMAT)
        toolchain.write(tar, zip_of(tmp_path / "go.zip", "1.19.13"), made=0)


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("name", ["src/make.bash", "src/a\nb"], ids=["twice", "line break"])
def test_ambiguous_file_names_are_refused(tmp_path: Path, name: str) -> None:
    path = zip_of(tmp_path / "go.zip", "1.19.13")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(f"golang.org/toolchain@{module('1.19.13')}/{name}", "make")

    with pytest.raises(BaseImageError, match="a line break or occurs twice"):
        written(path)


@pytest.mark.parametrize(
    ("name", "mode"),
    [
        ("usr/local/go", 0o755),
        ("usr/local/go/pkg/tool", 0o755),
        ("usr/local/go/bin/go", 0o755),
        ("usr/local/go/pkg/tool/linux_amd64/compile", 0o755),
        ("usr/local/go/pkg/include/textflag.h", 0o644),
        ("usr/local/go/src/make.bash", 0o644),
    ],
)
def test_modes_owner_and_time(tmp_path: Path, name: str, mode: int) -> None:
    _, tar = written(zip_of(tmp_path / "go.zip", "1.19.13"))
    member = tar.getmember(name)

    assert oct(member.mode) == oct(mode)
    assert (member.uid, member.gid, member.mtime) == (0, 0, 1_700_000_000)


def test_each_folder_and_file_is_there_once(tmp_path: Path) -> None:
    """An engine refuses a layer that has a name twice; /usr and /usr/local come from Debian's root."""
    _, tar = written(zip_of(tmp_path / "go.zip", "1.19.13"))
    names = tar.getnames()

    assert len(names) == len({*names}) == 11
    assert all(name.startswith("usr/local/go") for name in names)

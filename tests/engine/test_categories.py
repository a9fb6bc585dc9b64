"""Categories of files, recognised by path."""

import io

from helpers.engine.image_scan.inventory import categories
from helpers.engine.image_scan.saved_image import read_layer
from tests.engine.tars import file, hardlink, symlink, tar


def test_bytes_are_counted_by_category() -> None:
    layer = read_layer(
        io.BytesIO(
            tar(
                [
                    file("usr/local/go/bin/go", b"12345", 0o755),
                    file("go/pkg/mod/github.com/gin-gonic/gin@v1.8.2/gin.go", b"123"),
                    file("go/pkg/sumdb/sum.golang.org/latest", b"1"),
                    file("root/.cache/go-build/00/0-d", b"1234567"),
                    hardlink("root/.cache/go-build/00/1-d", "root/.cache/go-build/00/0-d"),
                    file("app/api-golang", b"x" * 1_000_000, 0o755),
                    file("app/script.sh", b"12", 0o755),
                    file("app/data", b"y" * 1_000_001, 0o644),
                    symlink("app/link", "data"),
                ]
            )
        )
    )
    found = categories(layer)
    assert found == {
        "toolchain": 5,
        "modules": 4,
        "compiler cache": 7,
        "program": 1_000_000,
        "other files": 1_000_003,
    }
    assert sum(found.values()) == layer.bytes


def test_categories_without_bytes_are_left_out() -> None:
    assert categories(read_layer(io.BytesIO(tar([file("empty", b"")])))) == {}

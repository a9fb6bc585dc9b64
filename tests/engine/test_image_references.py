"""The images that a Dockerfile names are found and replaced; nothing else in its text changes."""

import pytest

from helpers.engine.image_references import image_references, parent_images, with_images

OURS = "ours/golang:latest"
OLD = "ours/golang:1.19"
IMAGES = {"golang": OURS, "golang:1.19": OLD}

REPLACED = [
    ("FROM golang\n", f"FROM {OURS}\n"),
    ("FROM golang", f"FROM {OURS}"),
    ("  from   golang\tas  Build  \n", f"  from   {OURS}\tas  Build  \n"),
    ("FROM --platform=$BUILDPLATFORM golang AS b\n", f"FROM --platform=$BUILDPLATFORM {OURS} AS b\n"),
    ("\ufeffFROM golang\nRUN a\n", f"\ufeffFROM {OURS}\nRUN a\n"),
    ("\ufeff# escape=`\nFROM `\n golang\n", f"\ufeff# escape=`\nFROM `\n {OURS}\n"),
    ("FROM\\\n golang\n", f"FROM\\\n {OURS}\n"),
    ("FROM x\nCOPY\\\n --from=golang /a /\n", f"FROM x\nCOPY\\\n --from={OURS} /a /\n"),
    ("FROM golang\r\nRUN a\r\n", f"FROM {OURS}\r\nRUN a\r\n"),
    ('FROM "golang"\n', f"FROM {OURS}\n"),
    ("ARG V=1.19\nFROM golang:${V}\n", f"ARG V=1.19\nFROM {OLD}\n"),
    ("ARG V\nFROM golang:${V:-1.19}\n", f"ARG V\nFROM {OLD}\n"),
    ("ARG V=''\nFROM golang:${V:-1.19}\n", f"ARG V=''\nFROM {OLD}\n"),
    ("ARG OLD=yes\nFROM golang${OLD:+:1.19}\n", f"ARG OLD=yes\nFROM {OLD}\n"),
    ("FROM golang${OLD:+:1.19}\n", f"FROM {OURS}\n"),
    ('ARG A=1 T="$A.19"\nFROM golang:$T\n', f'ARG A=1 T="$A.19"\nFROM {OLD}\n'),
    ("FROM scratch\nCOPY --chown=1 --from=golang:1.19 /a /\n", f"FROM scratch\nCOPY --chown=1 --from={OLD} /a /\n"),
    (
        "FROM scratch\nRUN --network=none --mount=type=bind,from=golang,target=/g cat /g/a\n",
        f"FROM scratch\nRUN --network=none --mount=type=bind,from={OURS},target=/g cat /g/a\n",
    ),
    (
        "FROM x\nRUN --mount=from=golang,target=/a --mount=from=golang:1.19,target=/b true\n",
        f"FROM x\nRUN --mount=from={OURS},target=/a --mount=from={OLD},target=/b true\n",
    ),
    ("FROM x\nCOPY \\\n  # why\n  --from=golang \\\n /a /\n", f"FROM x\nCOPY \\\n  # why\n  --from={OURS} \\\n /a /\n"),
    ("# escape=`\nFROM `\n golang `\n AS b\n", f"# escape=`\nFROM `\n {OURS} `\n AS b\n"),
    ("FROM golang AS golang\nFROM golang\n", f"FROM {OURS} AS golang\nFROM golang\n"),
    ("FROM x\nRUN cat <<EOF\nnever ends\nFROM golang\n", f"FROM x\nRUN cat <<EOF\nnever ends\nFROM {OURS}\n"),
    ("FROM x\nRUN <<A <<-B\na\nA\nb\n\tB\nFROM golang\n", f"FROM x\nRUN <<A <<-B\na\nA\nb\n\tB\nFROM {OURS}\n"),
]
KEPT = [
    "FROM golang:1.20\n",
    "FROM scratch\n",
    "FROM golang@sha256:5f6a\n",
    "# FROM golang\nFROM x\n",
    "FROM x AS Golang\nFROM golang\n",
    "FROM x AS golang\nFROM y\nCOPY --from=Golang /a /\n",
    "FROM y\nCOPY --from=golang /a /\nFROM x AS golang\n",
    "FROM x\nCOPY --from=0 /a /\n",
    "FROM x\nRUN echo --mount=from=golang --from=golang FROM golang\n",
    'FROM x\nRUN echo "\\\nFROM golang\\\n"\n',
    "FROM x\nCOPY golang /golang\nLABEL from=golang\nENV FROM golang\nCMD FROM golang\n",
    "FROM x\nRUN <<EOF\nFROM golang\nEOF\n",
    'FROM x\nCOPY <<-"END" /Dockerfile\nFROM golang\n\tEND\nRUN true\n',
    "FROM x\nRUN <<EOF\necho \\\nEOF\nLABEL a=golang\n",
    "FROM golang AS\n",
    "FROM golang:${V%-*}\n",
    "FROM x\nARG V=golang\nCOPY --from=$V /a /\n",
    "",
]


@pytest.mark.parametrize(("text", "expected"), REPLACED)
def test_images_are_replaced(text: str, expected: str) -> None:
    served = with_images(text, IMAGES, {})

    assert served == expected
    assert served.count("\n") == text.count("\n")


@pytest.mark.parametrize("text", KEPT)
def test_everything_else_stays(text: str) -> None:
    assert with_images(text, IMAGES, {}) == text


def test_build_arguments_replace_the_defaults_of_declared_ones() -> None:
    text = "ARG V=1.20\nARG I\nFROM golang:$V\nFROM $I\n"

    assert parent_images(text, {"V": "1.19", "I": "golang", "X": "1"}) == ["golang:1.19", "golang"]
    assert parent_images(text) == ["golang:1.20"]
    assert parent_images("FROM golang:$V", {"V": "1.19"}) == ["golang:"]


def test_an_argument_declared_in_a_stage_does_not_count() -> None:
    assert parent_images("FROM a\nARG V=1\nFROM b:$V\n") == ["a", "b:"]


def test_images_have_their_place_in_the_text() -> None:
    text = "FROM a AS b\nCOPY --from=c /x /\n"
    found = image_references(text, {})

    assert [(text[each.start : each.end], each.is_parent) for each in found] == [("a", True), ("c", False)]

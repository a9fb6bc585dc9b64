"""Secrets reach the instructions that ask for them, and nothing else."""

import gzip
import io
import os
import tarfile
import uuid
from pathlib import Path

import docker
import pytest
from buildkit_session import build, cache_records
from buildkit_session._secrets import MOST_BYTES, values

MOUNT = "--mount=type=secret,id=token"


def test_a_value_is_itself_and_a_path_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"\x00\xff")
    found = values({"text": "ä", "bytes": b"\x01", "file": tmp_path / "file"})
    assert found == {"text": "ä".encode(), "bytes": b"\x01", "file": b"\x00\xff"}


def test_a_file_that_is_not_there_is_an_error_before_the_build(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="nothing"):
        values({"file": tmp_path / "nothing"})


def test_a_secret_that_buildkit_would_refuse_is_named() -> None:
    assert values({"largest": bytes(MOST_BYTES)})
    with pytest.raises(ValueError, match="'large'"):
        values({"large": bytes(MOST_BYTES + 1)})


def unpacked(client: docker.DockerClient, tag: str) -> bytes:
    """Everything that is in a saved image, the layers that the engine keeps compressed among it."""
    found = b""
    with tarfile.open(fileobj=io.BytesIO(b"".join(client.images.get(tag).save()))) as archive:
        for member in filter(tarfile.TarInfo.isreg, archive):
            content = archive.extractfile(member)
            assert content is not None
            data = content.read()
            found += gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data
    return found


@pytest.mark.engine
def test_a_secret_is_mounted_and_stays_out_of_image_and_cache(
    client: docker.DockerClient, base: str, folder: Path, tag: str
) -> None:
    secret = uuid.uuid4().hex
    text = (
        f"FROM {base}\nRUN {MOUNT} echo {tag} && cat /run/secrets/token > /dev/null && stat -c %s /run/secrets/token\n"
    )
    result = build(client, folder, text, tags=[tag], secrets={"token": secret, "other": b"unused"})
    assert result.error == ""
    assert next(vertex.log for vertex in result.vertexes if "RUN" in vertex.name) == f"{tag}\n{len(secret)}\n"
    saved = unpacked(client, tag)
    assert tag.encode() in saved and secret.encode() not in saved
    assert not any(secret in record.description for record in cache_records(client))
    assert secret not in str(result)


@pytest.mark.engine
def test_a_secret_arrives_byte_for_byte(client: docker.DockerClient, base: str, folder: Path, tag: str) -> None:
    (file := folder.with_name("secret")).write_bytes(os.urandom(MOST_BYTES))
    text = f"FROM {base}\nRUN {MOUNT},required=true echo {tag} && cat /run/secrets/token > /copy\n"
    result = build(client, folder, text, tags=[tag], secrets={"token": file})
    assert result.error == ""
    assert file.read_bytes() in unpacked(client, tag)


@pytest.mark.engine
@pytest.mark.parametrize("secrets", [{}, {"other": "value"}])
def test_a_required_secret_that_is_missing_is_an_error(
    client: docker.DockerClient, base: str, folder: Path, secrets: dict[str, str]
) -> None:
    text = f"FROM {base}\nRUN {MOUNT},required=true echo {uuid.uuid4().hex}\n"
    result = build(client, folder, text, secrets=secrets)
    assert "token" in result.error and "not found" in result.error

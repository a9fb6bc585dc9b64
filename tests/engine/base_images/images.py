"""Images that a test makes in no time."""

import io
import tarfile

import docker


def small_image(client: docker.DockerClient, name: str, text: str = "small") -> str:
    """The identity of an image of one layer with one file, under that name."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as tar:
        member = tarfile.TarInfo("text")
        member.size = len(text)
        tar.addfile(member, io.BytesIO(text.encode()))
    client.api.import_image(content.getvalue(), *name.rsplit(":", 1))
    return str(client.images.get(name).id)


def publish(client: docker.DockerClient, registry: str, names: list[str], text: str) -> str:
    """The reference of an image with this file that the registry has and the engine has not; it is added to `names`."""
    reference = f"{registry}/golang:1.19"
    small_image(client, reference, text)
    names.append(reference)
    assert '"error"' not in client.api.push(reference)
    client.api.remove_image(reference)
    return reference

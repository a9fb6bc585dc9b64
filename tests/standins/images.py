"""Small images for tests."""

import io
import tarfile

import docker


def small_image(client: docker.DockerClient, name: str, text: str = "small") -> str:
    """The ID of a new image with one layer and one file, tagged with that name."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as tar:
        member = tarfile.TarInfo("text")
        member.size = len(text)
        tar.addfile(member, io.BytesIO(text.encode()))
    repository, _, tag = name.rpartition(":")
    client.api.import_image(content.getvalue(), repository=repository, tag=tag)
    return str(client.images.get(name).id)


def publish(client: docker.DockerClient, registry: str, names: list[str], text: str, name: str = "golang") -> str:
    """The reference of an image with this text that only the registry has; it is also added to `names`."""
    reference = f"{registry}/{name}:1.19"
    small_image(client, reference, text)
    names.append(reference)
    assert '"error"' not in client.api.push(reference)
    client.api.remove_image(reference)
    return reference

"""The base images on this engine, pulled or made, contain what the Dockerfiles rely on."""

import docker
import pytest

from helpers.engine.base_images import found
from helpers.engine.image_source import STAND_IN, is_stand_in
from helpers.standins import RECIPES, Recipe, present

pytestmark = pytest.mark.engine

recipes = pytest.mark.parametrize("recipe", RECIPES, ids=[recipe.reference for recipe in RECIPES])


def name(client: docker.DockerClient, recipe: Recipe) -> str:
    """The engine's name of the image: the official one, or a stand-in's own."""
    image = found(client, recipe.reference)
    assert image is not None
    return image.name


def output(client: docker.DockerClient, recipe: Recipe, script: str) -> str:
    """The output of a shell script in the image."""
    command = ["sh", "-euc", script]
    return client.containers.run(name(client, recipe), command, network_mode="none", remove=True).decode().strip()


def environment(client: docker.DockerClient, recipe: Recipe) -> dict[str, str]:
    """The environment variables that the image sets."""
    return dict(pair.split("=", 1) for pair in client.images.get(name(client, recipe)).attrs["Config"]["Env"])


def test_both_are_present_with_their_source(client: docker.DockerClient) -> None:
    images = present(client)

    assert [image.reference for image in images] == [recipe.reference for recipe in RECIPES]
    assert {image.source for image in images} <= {"registry", "stand-in", "local"}


@recipes
def test_go_version_matches_the_environment(client: docker.DockerClient, recipe: Recipe) -> None:
    version = environment(client, recipe)["GOLANG_VERSION"]

    assert output(client, recipe, "go version").startswith(f"go version go{version} linux/")
    assert version.startswith(recipe.go.rsplit(".", 1)[0])


@recipes
def test_environment_of_the_official_image(client: docker.DockerClient, recipe: Recipe) -> None:
    variables = environment(client, recipe)

    assert variables["GOPATH"] == "/go"
    assert variables["PATH"].split(":")[:2] == ["/go/bin", "/usr/local/go/bin"]
    assert output(client, recipe, "pwd; stat -c %a /go/src /go/bin").split()[0] == "/go"


@recipes
def test_debian_release(client: docker.DockerClient, recipe: Recipe) -> None:
    assert f"VERSION_CODENAME={recipe.suite}" in output(client, recipe, "cat /etc/os-release").splitlines()


@recipes
def test_programs_of_the_official_image(client: docker.DockerClient, recipe: Recipe) -> None:
    programs = "git hg svn ssh curl wget gpg gcc g++ make pkg-config ps useradd openssl"

    assert len(output(client, recipe, f"for each in {programs}; do command -v $each; done").split()) == 14


@recipes
def test_c_is_linked_statically(client: docker.DockerClient, recipe: Recipe) -> None:
    program = "echo '#include <stdio.h>\nint main() { return puts(\"linked\") < 0; }'"

    assert output(client, recipe, f"{program} | gcc -static -x c - -o /tmp/p && /tmp/p") == "linked"


@recipes
def test_certificates_and_time_zones(client: docker.DockerClient, recipe: Recipe) -> None:
    found = output(client, recipe, "grep -c BEGIN /etc/ssl/certs/ca-certificates.crt; ls /usr/share/zoneinfo/UTC")

    assert int(found.split()[0]) > 50


@recipes
def test_stand_in_labels_are_correct(client: docker.DockerClient, recipe: Recipe) -> None:
    answer = client.images.get(name(client, recipe)).attrs
    labels = answer["Config"]["Labels"] or {}

    assert is_stand_in(recipe.reference, answer) == (labels.get(STAND_IN) == recipe.reference)
    assert labels.get(f"{STAND_IN}.go", environment(client, recipe)["GOLANG_VERSION"]) in output(
        client, recipe, "go version"
    )

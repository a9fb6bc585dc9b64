"""What a build or a container's run depends on: measured twice in one run, the same question has the same answer."""

import hashlib
import uuid
from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, replace
from functools import lru_cache
from pathlib import Path

import buildkit_session
import docker

from helpers.engine.building import users_build_args
from helpers.engine.connection import describe
from helpers.engine.context_digest import ListedContext
from helpers.engine.failures import explained
from helpers.engine.request import Request
from helpers.engine.served_dockerfile import served
from helpers.measure.project import Editable

Question = Mapping[str, object]  # JSON values by name

_HELPERS = Path(__file__).resolve().parents[1]
_CODE = (*(_HELPERS / name for name in ("core", "engine", "measure")), Path(buildkit_session.__file__).parent)


def of_build(
    client: docker.DockerClient, request: Request, scenario: str, file: str, editable: Editable, lineage: str
) -> Question:
    """The question that a build answers, with the base images that the engine has now.

    The request has no edits: they differ each time. `editable` are the files that they would change. `lineage` is the
    namespace of the cache that the build uses; "" for a cold build, which uses none. Raises WorkbookError.
    """
    with explained():
        sent = served(client, request)
    return {
        "kind": "build",
        "scenario": scenario,
        "lineage": lineage,
        "dockerfile": sent.text,
        "file": file,
        "tag": request.tag,
        "dockerignore": request.dockerignore,
        "ignore": request.context.ignore,
        "context": _context_digest(request),
        "editable": asdict(editable),
        "build_args": users_build_args(request),
        "secrets": dict(request.secrets),
        "target": request.target,
        "base_images": {reference: (image.id, image.digest) for reference, image in sent.images.items()},
        **_here(client),
    }


def of_container(client: docker.DockerClient, image: str, settings: Mapping[str, object]) -> Question:
    """The question that a container's run answers; `image` is the image's ID. Raises WorkbookError."""
    return {"kind": "container", "image": image, "settings": dict(settings), **_here(client)}


def _context_digest(request: Request) -> str:
    """The digest of every path in the context, with those that the Dockerfile doesn't copy; random if one changes."""
    context = ListedContext.of(replace(request.context, edits={}))
    deque(context.entries(), maxlen=0)
    return context.digest() or uuid.uuid4().hex


@lru_cache
def _here(client: docker.DockerClient) -> Question:
    """The engine and the code that measure."""
    with explained():
        identity, engine = client.info()["ID"], describe(client)
    return {
        "engine": (identity, client.api.base_url, engine.version, engine.storage),
        "platform": (engine.system, engine.architecture),
        "code": measuring_code(),
    }


@lru_cache
def measuring_code(folders: tuple[Path, ...] = _CODE) -> str:
    """The digest of the code that measures, as it is on disk when first asked for."""
    digest = hashlib.sha256()
    for folder in folders:
        for source in sorted(folder.rglob("*.py")):
            digest.update(f"{source.relative_to(folder.parent)}\0".encode() + source.read_bytes() + b"\0")
    return digest.hexdigest()

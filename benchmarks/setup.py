"""The set-up compared with the raw commands: Python packages, and base images where no registry answers.

Measured on an engine of its own and with cache folders of its own, so that nothing of the user's is used or changed.
"""

import io
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import venv
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, redirect_stdout
from functools import partial
from pathlib import Path

from benchmarks import private_engine
from benchmarks.pair import Rival, compared, seconds
from benchmarks.private_engine import PrivateEngine
from benchmarks.result import Result
from benchmarks.workplace import Workplace, command
from helpers.charts.progress import progress
from helpers.core.errors import WorkbookError
from helpers.core.paths import RUN_LOCK, cache_folder
from helpers.engine.pull import OnProgress, pull
from helpers.setup import locked_packages, pip_settings
from helpers.standins import debian, local_registry, making, stand_in_cache, toolchain
from helpers.standins.image_layout import ImageLayout, archive
from helpers.standins.recipes import RECIPES, Plan, Recipe

NAME = "setup"
_MADE, _CACHED = 1.3, 1.2  # limits of the ratio
_LOCKED = ("--no-deps", "--require-hashes", "-r", str(RUN_LOCK))
_ROWS = (("stand-ins made", _MADE), ("stand-ins from the cache", _CACHED), ("both pulls from a registry", None))


def measure(place: Workplace) -> Iterator[Result]:
    """Measures installing the Python packages, and getting the base images."""
    yield from _packages(place)
    yield from base_images(place)


def base_images(place: Workplace) -> Iterator[Result]:
    """Measures making stand-ins, importing them from the cache, and pulling the same images from a registry."""
    reason = obstacle()
    if reason:
        yield from (Result(NAME, name, "s", limit=limit, missing=reason) for name, limit in _ROWS)
        return
    with (
        cache_in(place.folder / "cache"),
        private_engine.private_engine(Path(tempfile.mkdtemp(prefix="wbe-"))) as engine,  # a socket's path must be short
    ):
        yield from _measured(place, engine, place.folder)


def _packages(place: Workplace) -> Iterator[Result]:
    """The packages of `run` in an environment of their own, without any cache; ours includes fetching uv."""
    uv = shutil.which("uv", path=sysconfig.get_path("scripts"))
    raw = [Rival("pip install --require-hashes", lambda: _with_raw_pip(place))]
    if uv:
        raw.insert(0, Rival("uv pip install --require-hashes", lambda: _with_raw_uv(uv, place)))
    with without_package_caches(place.folder):
        yield from compared(NAME, "Python packages", lambda: _with_ours(place), raw, place.repeats, warm_up=False)


def _with_ours(place: Workplace) -> float:
    python = _new_environment(place.folder)
    with redirect_stdout(io.StringIO()):  # its progress would mix with that of the benchmark
        return seconds(lambda: locked_packages.install(python, RUN_LOCK))


def _with_raw_uv(uv: str, place: Workplace) -> float:
    python = _new_environment(place.folder)
    settings = pip_settings.for_uv(pip_settings.read(python))  # the same index
    words = [uv, "pip", "install", "--python", str(python), *settings.options, *_LOCKED]
    return seconds(lambda: command(words, settings.environment))


def _with_raw_pip(place: Workplace) -> float:
    python = _new_environment(place.folder)
    return seconds(lambda: command([str(python), "-m", "pip", "install", "--disable-pip-version-check", *_LOCKED]))


def _new_environment(folder: Path) -> Path:
    """The Python of a new virtual environment, which replaces the one before; no package cache is left."""
    for name in ("environment", "uv-cache"):
        shutil.rmtree(folder / name, ignore_errors=True)
    venv.create(folder / "environment", with_pip=True)
    scripts = sysconfig.get_path("scripts", "venv", {"base": str(folder / "environment")})
    return Path(scripts) / Path(sys.executable).name


@contextmanager
def without_package_caches(folder: Path) -> Iterator[None]:
    """Makes pip and uv fetch everything anew during the block, and leaves the user's caches alone."""
    with environment_variables(PIP_NO_CACHE_DIR="1", UV_CACHE_DIR=str(folder / "uv-cache")):
        yield


def obstacle() -> str:
    """Why nothing can be measured here; "" if it can."""
    packages = making.missing()
    if packages:
        return f"packages are missing: {', '.join(packages)}"
    return private_engine.obstacle()


def longest(chains: Sequence[Callable[[], float]]) -> float:
    """Runs the chains one after the other and returns the seconds of the slowest."""
    return max(chain() for chain in chains)


def _measured(place: Workplace, engine: PrivateEngine, folder: Path) -> Iterator[Result]:
    with progress(f"{NAME}, warming up") as bar:
        provide(engine, bar)  # the raw import needs the same layers
    (made, made_limit), (cached, cached_limit), (pulls, _) = _ROWS
    layers = {recipe: _kept_layer(layout, folder) for recipe, layout in _layouts(engine).items()}
    chains = [partial(_chain, place, engine, recipe, layer, folder) for recipe, layer in layers.items()]
    raw = Rival("the longest of mmdebstrap, go mod download, docker import", lambda: longest(chains), made_limit)
    yield from compared(NAME, made, lambda: _make(engine), [raw], place.repeats, warm_up=False)
    tars = [_archived(layout, folder) for layout in _layouts(engine).values()]
    load = Rival("docker load of the same layouts", lambda: _load(place, engine, tars), cached_limit)
    yield from compared(NAME, cached, lambda: _import(engine), [load], place.repeats)
    with _registries(engine) as names:
        pulled = Rival("docker pull, one after the other", lambda: _pull_raw(place, engine, names))
        yield from compared(NAME, pulls, lambda: _pull(engine, names), [pulled], place.repeats)


def _layouts(engine: PrivateEngine) -> dict[Recipe, ImageLayout]:
    """The stand-ins that were made last."""
    architecture = str(engine.client.version()["Arch"])
    found = {recipe: stand_in_cache.known(cache_folder(), recipe, architecture) for recipe in RECIPES}
    return {recipe: layout for recipe, layout in found.items() if layout}


def _kept_layer(layout: ImageLayout, folder: Path) -> Path:
    """A second name for the layer's tar, which stays when the cache is deleted."""
    kept = folder / f"{layout.folder.name}.layer.tar"
    os.link(layout.blob(layout.manifest["layers"][0]["digest"]), kept)
    return kept


def provide(engine: PrivateEngine, on_progress: OnProgress = lambda progress: None) -> None:
    """Gives the empty engine both stand-ins, as `run` does where no registry answers."""
    plan = Plan(made=RECIPES, pinned=tuple(recipe for recipe in RECIPES if recipe.pinned))
    problems: list[str] = []
    making.execute(engine.client, plan, on_progress, None, problems.append, {})
    missing = [recipe.reference for recipe in RECIPES if making.lacks_digest(engine.client, recipe)]
    if missing:
        raise WorkbookError("\n".join([f"No digest for {', '.join(missing)}.", *problems]))


def _make(engine: PrivateEngine) -> float:
    engine.empty()
    making.discard_cached(dry_run=False)
    return seconds(lambda: provide(engine))


def _import(engine: PrivateEngine) -> float:
    engine.empty()
    return seconds(lambda: provide(engine))


def _chain(place: Workplace, engine: PrivateEngine, recipe: Recipe, layer: Path, folder: Path) -> float:
    """Raw: Debian's root as a tar, the unpacked toolchain, and the import of a tar with both."""
    engine.empty()
    steps = (
        lambda: _raw_root(recipe, folder),
        lambda: _raw_toolchain(recipe),
        lambda: command([place.docker, "--host", engine.address, "import", str(layer), "raw"]),
    )
    return sum(seconds(step) for step in steps)


def _raw_root(recipe: Recipe, folder: Path) -> None:
    settings, apt = folder / "settings.tar", folder / "apt.conf"
    toolchain.write_settings(settings, b"")
    apt.write_text(debian.mirror_access(debian.output("apt-config", "dump")))
    words = debian.command(recipe.suite, recipe.packages, debian.machine_sources(recipe.suite)[0], settings, apt)
    with (folder / "root.tar").open("wb") as out, (folder / "root.log").open("wb") as log:
        done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=out, stderr=log, check=False)
    if done.returncode != 0:
        raise WorkbookError(f"mmdebstrap ended with exit status {done.returncode}.")


def _raw_toolchain(recipe: Recipe) -> None:
    module = f"golang.org/toolchain@v0.0.1-go{recipe.go}.linux-{_architecture()}"
    with tempfile.TemporaryDirectory(prefix="wbb-") as modules:
        command(
            ["go", "mod", "download", module],
            {"GOMODCACHE": modules, "GOFLAGS": "-modcacherw", "GOTOOLCHAIN": "local"},
        )


def _architecture() -> str:
    return command(["go", "env", "GOARCH"]).strip()


def _archived(layout: ImageLayout, folder: Path) -> Path:
    """The layout as a tar file, as `docker load` reads it."""
    path = folder / f"{layout.folder.name}.tar"
    with path.open("wb") as file:
        file.writelines(archive(layout, lambda count: None))
    return path


def _load(place: Workplace, engine: PrivateEngine, tars: Sequence[Path]) -> float:
    engine.empty()

    def work() -> None:
        for tar in tars:
            command([place.docker, "--host", engine.address, "load", "--quiet", "--input", str(tar)])

    return seconds(work)


@contextmanager
def _registries(engine: PrivateEngine) -> Iterator[list[str]]:
    """The names under which both images can be pulled during the block."""
    with ExitStack() as stack:
        layouts = _layouts(engine).values()
        yield [f"{stack.enter_context(local_registry.serving(layout))}/golang:latest" for layout in layouts]


def _pull(engine: PrivateEngine, names: Sequence[str]) -> float:
    engine.empty()
    return seconds(lambda: pull(engine.client, names, lambda progress: None, {}))


def _pull_raw(place: Workplace, engine: PrivateEngine, names: Sequence[str]) -> float:
    engine.empty()

    def work() -> None:
        for name in names:
            command([place.docker, "--host", engine.address, "pull", "--quiet", name])

    return seconds(work)


@contextmanager
def cache_in(folder: Path) -> Iterator[None]:
    """Makes this process use another cache folder during the block."""
    folder.mkdir()
    with environment_variables(XDG_CACHE_HOME=str(folder)):
        yield


@contextmanager
def environment_variables(**values: str) -> Iterator[None]:
    """Sets environment variables during the block."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value

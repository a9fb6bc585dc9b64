"""The project's own packages, installed so that Lab, VS Code, nbval and `jupyter execute` import them from any folder.

pip installs them as editable: the environment refers to this checkout, and an edit takes effect without reinstalling.
pip records the checkout in direct_url.json (PEP 610). Packages installed into an environment of the user's own are
noted, and `clean` uninstalls them.
"""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote, urlsplit

from helpers.core.cleaned import Cleaned, joined
from helpers.core.errors import SetupError
from helpers.core.paths import PROJECT, VENV, in_own_venv
from helpers.setup import changes_made, environment_lock, legacy_pth
from helpers.setup.pip_settings import NOT_FOR_USER
from helpers.setup.subprocesses import Status, follow, run

_PIP = ("-m", "pip", "--disable-pip-version-check", "--no-input")
_FROM_FOLDER = ("install", "--progress-bar", "off", "--no-index", "--no-deps", "--no-build-isolation")
_AGAIN = "then run the same command again"


@dataclass(frozen=True)
class LocalProject:
    """A project of this repository: the names of its distribution and of its package, and where they are."""

    name: str
    package: str
    folder: Path
    source: Path

    @property
    def origin(self) -> Path:
        """The file that is run when the package is imported from this checkout."""
        return self.source / self.package / "__init__.py"


_SESSION = PROJECT / "packages" / "docker-buildkit-session"
PROJECTS = (
    LocalProject("dockerfile-workbook", "helpers", PROJECT, PROJECT),
    LocalProject("docker-buildkit-session", "buildkit_session", _SESSION, _SESSION / "src"),
)


def projects() -> list[LocalProject]:
    """The local projects that this checkout has."""
    return [project for project in PROJECTS if (project.folder / "pyproject.toml").is_file()]


def ensure() -> None:
    """Make sure that every program of the running environment imports the packages of this checkout.

    Raises SetupError if another package of the same name would be imported, or if pip can't install them.
    """
    outdated = [project for project in projects() if not is_current(project)]
    if not outdated:
        return
    for project in outdated:
        _require_free(project)
    previous = owner()
    with environment_lock.alone():
        legacy_pth.remove()
        _install(outdated)
        _note(outdated)
    if previous and previous != PROJECT and previous.exists():
        print(
            f"`helpers` in {sys.prefix} was installed from the checkout in {previous}. "
            f"It's now installed from {PROJECT}. To switch back, run `python3 -m helpers lab` in the other checkout.",
            flush=True,
        )


def make_importable() -> None:
    """Let this process import the packages of this checkout, even if another one's are installed, or none."""
    sys.path[1:1] = [str(project.source) for project in projects() if str(project.source) not in sys.path]


def is_current(project: LocalProject) -> bool:
    """Whether every program of the running environment imports the package from this checkout."""
    if _imported_from(project.package) != project.origin:
        return False
    return _recorded(project.name, sys.path) == project.folder or project.source in _python_path()


def owner() -> Path | None:
    """The checkout that `helpers` is installed from in the running environment; None if it isn't installed."""
    return _recorded(PROJECTS[0].name, sys.path) or legacy_pth.checkout()


def uninstall(dry_run: bool = False) -> Cleaned:
    """Uninstall the packages from the user's own environments: a line for each environment, or none.

    An environment that another checkout has taken over is left alone. A dry run says what would be uninstalled.
    """
    noted = _noted()
    owned = {python: packages for python, packages in noted.items() if _owned(packages)}
    cleaned = joined(_uninstalled(python, _owned(packages), dry_run) for python, packages in owned.items())
    kept = {python: packages for python, packages in owned.items() if _owned(packages)}
    if not dry_run and kept != noted:
        changes_made.write(installed=kept or None)
    return cleaned


def _install(outdated: Sequence[LocalProject]) -> None:
    if find_spec("pip") is None:
        raise SetupError(
            f"{sys.executable} has no pip to install the workbook's helpers with.",
            f"Run `{sys.executable} -m ensurepip`, {_AGAIN}.",
        )
    status = Status("Workbook packages")
    status.show("installing them from this folder")
    editable = [part for project in outdated for part in ("--editable", str(project.folder))]
    sources = os.pathsep.join(str(project.source) for project in projects())
    hint = f"Run `export PYTHONPATH={sources}`, {_AGAIN}."
    # outside of a virtual environment, the user's own packages folder is a place that programs import from
    variables = dict(NOT_FOR_USER) if sys.prefix != sys.base_prefix else {}
    command = [sys.executable, *_PIP, *_FROM_FOLDER, *editable]
    follow(command, status, lambda _line, shown: shown.tick(), variables, hint)
    status.close(f"{', '.join(project.package for project in outdated)} installed from this folder into {sys.prefix}")


def _uninstalled(python: str, names: Sequence[str], dry_run: bool) -> Cleaned:
    what = f"{', '.join(names)} (by which notebooks find the helpers) from the environment of {python}"
    if dry_run:
        return Cleaned([f"Would uninstall {what}."])
    try:
        done = run([python, *_PIP, "uninstall", "--yes", *names])
    except (OSError, SetupError) as error:
        return Cleaned(left=[f"Could not uninstall {what}: {error}"])
    if done.returncode != 0:
        return Cleaned(left=[f"Could not uninstall {what}: {(done.stderr or done.stdout).strip()}"])
    return Cleaned([f"Uninstalled {what}."])


def _require_free(project: LocalProject) -> None:
    """Refuse to shadow another package, or to be shadowed by one."""
    found = _imported_from(project.package)
    if found is None or found == project.origin or _is_ours(project, found):
        return
    if found.parents[1] in _python_path() or found.parent in _python_path():
        hint = f"Unset PYTHONPATH, {_AGAIN}."
    elif in_own_venv():
        hint = f"Delete {VENV}, {_AGAIN}: the environment is created again."
    else:
        hint = f"Leave that environment (deactivate), {_AGAIN}: the workbook then creates its own."
    raise SetupError(f"This Python environment already has another package named {project.package}: {found}.", hint)


def _is_ours(project: LocalProject, found: Path) -> bool:
    """Whether the file belongs to an installation of this project: of another checkout, or one that isn't editable."""
    inside = project.origin.relative_to(project.folder)
    checkouts = (legacy_pth.checkout(), _recorded(project.name, sys.path))
    if any(found == checkout / inside for checkout in checkouts if checkout):
        return True
    installed = metadata.Distribution.discover(name=project.name, path=sys.path)
    return any(Path(str(each.locate_file(file))).resolve() == found for each in installed for file in each.files or ())


def _imported_from(package: str) -> Path | None:
    """The file that a kernel would import the package from; it isn't started in the folder of this command."""
    search = [entry for entry in sys.path[0 if sys.flags.safe_path else 1 :] if entry]
    specs = (finder.find_spec(package, search) for finder in sys.meta_path)
    return next((Path(os.path.realpath(spec.origin)) for spec in specs if spec and spec.origin), None)


def _python_path() -> list[Path]:
    return [Path(os.path.realpath(entry)) for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep) if entry]


def _recorded(name: str, search: Sequence[str]) -> Path | None:
    """The folder that the distribution is installed from as editable; None if it isn't."""
    found = metadata.Distribution.discover(name=name, path=list(search))
    return next(filter(None, (_editable_folder(each.read_text("direct_url.json")) for each in found)), None)


def _editable_folder(record: str | None) -> Path | None:
    try:
        read = json.loads(record or "{}")
        editable, path = read["dir_info"]["editable"], unquote(urlsplit(read["url"]).path)
    except (ValueError, LookupError, TypeError):
        return None
    return Path(path.lstrip("/") if sys.platform == "win32" else path).resolve() if editable else None


def _note(installed: Sequence[LocalProject]) -> None:
    """Note the environment and where its packages are, unless it is the project's own: that one is deleted whole."""
    if not in_own_venv():
        changes_made.write(installed={**_noted(), sys.executable: _location(installed[0].name)})


def _location(name: str) -> str:
    found = next(iter(metadata.Distribution.discover(name=name, path=sys.path)), None)
    if found is None:
        raise SetupError(
            f"pip installed {name}, but {sys.executable} doesn't find it in any folder that it imports from.",
            f"Check where pip installs packages (`{sys.executable} -m pip config list`), {_AGAIN}.",
        )
    return str(found.locate_file(""))


def _noted() -> Mapping[str, str]:
    noted = changes_made.read().get("installed")
    return {str(python): str(packages) for python, packages in noted.items()} if isinstance(noted, dict) else {}


def _owned(packages: str) -> list[str]:
    """The distributions in that folder that are installed from this checkout."""
    return [project.name for project in PROJECTS if _recorded(project.name, [packages]) == project.folder]

"""What is written to be shown to others says nothing of who ran the course, and where.

Results, reports and executed notebooks are sent to colleagues and uploaded by CI. Each is passed through here before it
is written: folders of this machine, user and host names, the engine's address, credentials and secrets are replaced.
"""

import ast
import getpass
import os
import re
import socket
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

import nbformat
from nbformat import NotebookNode

from helpers.course.sections import PROJECT
from helpers.engine import connection
from helpers.experiment.store import results_folder
from helpers.records.printable import printable, printable_in_color, with_texts
from helpers.records.secrets import LONG, MASK, hiding, names_a_secret, password_in, secret_build_args

Value = TypeVar("Value")
Change = Callable[[str], str]

USER, HOST = "USER", "HOST"  # written in place of this machine's
_HERE = "."  # written in place of the project's folder, and before nothing that is in it
_BUILD_ARGS = "build_args"  # what the parameter of `open_folder` is called
_BINARY = ("bdata", "image/", "application/pdf")  # keys under which base64 is: Plotly's arrays, pictures

# A name of these tells nothing of a person, and containers have folders and users called so too.
_ANYBODY = re.compile(
    r"root|admin|app|build|debian|docker|git|go|golang|jovyan|node|nobody|nonroot|postgres|runner|ubuntu|user|vscode"
)
_CREDENTIALS = re.compile(r"""(?<=://)(?!git@)[^\s/"'<>\\]*@""")
_LOOPBACK = ("localhost", "127.0.0.1", "::1", "0.0.0.0")
_WORD = re.compile(r"[a-z]{1,15}")
_NO_MORE = r"(?![\w-]|\.\w)"  # the name or folder ends here: it is not the beginning of another
_DISTINCT_LETTERS = 6


@dataclass(frozen=True)
class Here:
    """What would give this machine and its user away."""

    folders: Mapping[str, str]  # absolute, each with what is written in its place
    users: frozenset[str] = frozenset()
    hosts: frozenset[str] = frozenset()
    engine: str = ""  # its address, in full
    secrets: frozenset[str] = frozenset()


def shared(value: Value, secrets: Iterable[str] = ()) -> Value:
    """The text, record, list or mapping as others may see it, safe to print.

    `secrets` are hidden beside those of the environment.
    """
    change = discretion(this_machine(), secrets)
    return with_texts(value, lambda text: change(printable(text)))


def share_file(path: Path) -> None:
    """Rewrites a text file as others may see it; nothing where there is none."""
    if path.is_file():
        path.write_text(shared(path.read_text(encoding="utf-8")), encoding="utf-8")


def shared_notebook(notebook: NotebookNode) -> NotebookNode:
    """The notebook as others may see it, its outputs safe to print. Values typed as build arguments are hidden."""
    declared = [value for cell in notebook.cells if cell.cell_type == "code" for value in _declared(cell.source)]
    change = discretion(this_machine(), declared)
    plain = _json(notebook, change)
    for cell in plain["cells"]:
        if "outputs" in cell:
            cell["outputs"] = _json(cell["outputs"], printable_in_color)
    found: NotebookNode = nbformat.from_dict(plain)  # type: ignore[no-untyped-call]
    return found


def this_machine() -> Here:
    """What the environment, the system and the Docker configuration say now."""
    address = connection.address()
    return Here(
        folders=dict(_folders()),
        users=frozenset(_users()),
        hosts=frozenset(_hosts(address)),
        engine=address,
        secrets=frozenset(_secrets(os.environ)),
    )


def discretion(here: Here, secrets: Iterable[str] = ()) -> Change:
    """What replaces in a text all that would give `here` away, and the secrets."""
    words = {secret for secret in here.secrets if _WORD.fullmatch(secret)}
    steps = [
        hiding({*secrets, *(here.secrets - words)}),
        _replacing_words(words),
        _replacing_address(here.engine),
        lambda text: _CREDENTIALS.sub(f"{MASK}@", text),
        _replacing_folders(here.folders),
        *(_replacing_user(name) for name in here.users),
        *(_replacing_host(name) for name in sorted(here.hosts, key=len, reverse=True)),
    ]

    def change(text: str) -> str:
        for step in steps:
            text = step(text)
        return text

    return change


def _json(plain: Any, change: Change) -> Any:
    if isinstance(plain, str):
        return change(plain)
    if isinstance(plain, list):
        return [_json(each, change) for each in plain]
    if isinstance(plain, dict):
        return {key: each if key.startswith(_BINARY) else _json(each, change) for key, each in plain.items()}
    return plain


def _declared(source: str) -> Iterator[str]:
    """The values that a cell gives to build arguments as texts: `build_args={"TOKEN": "…"}`."""
    try:
        nodes = list(ast.walk(ast.parse(source)))
    except SyntaxError:  # a magic, or a learner's slip
        return
    for node in nodes:
        if isinstance(node, (ast.keyword, ast.Assign)) and _BUILD_ARGS in _names(node):
            yield from secret_build_args(_texts(node.value))


def _names(node: ast.keyword | ast.Assign) -> list[str]:
    return [node.arg or ""] if isinstance(node, ast.keyword) else [ast.unparse(target) for target in node.targets]


def _texts(node: ast.expr) -> dict[str, str]:
    """The texts in a dictionary as the source has it, by their names; none in anything else."""
    if not isinstance(node, ast.Dict):
        return {}
    pairs = zip(node.keys, node.values, strict=True)
    constants = [
        (key, value) for key, value in pairs if isinstance(key, ast.Constant) and isinstance(value, ast.Constant)
    ]
    return {str(key.value): value.value for key, value in constants if isinstance(value.value, str)}


def _folders() -> Iterator[tuple[str, str]]:
    known = {
        results_folder(): "results",
        PROJECT: _HERE,
        Path.home(): "~",
        Path(tempfile.gettempdir()): "$TMPDIR",
        Path(os.environ.get("XDG_RUNTIME_DIR") or f"/run/user/{_user_id()}"): "$XDG_RUNTIME_DIR",
        Path(sys.prefix): "$VIRTUAL_ENV",
        Path(sys.base_prefix): "$PYTHONHOME",
    }
    for folder, name in known.items():
        for path in {folder.absolute(), folder.resolve()}:
            if _tells_something(path):
                yield str(path), name


def _tells_something(folder: PurePath) -> bool:
    """Whether it is a folder of this machine alone. Containers and Dockerfiles have /root, /tmp, /app and /usr too."""
    return len(folder.parts) > 2 and folder.parts[1] != "usr"


def _user_id() -> int:
    return os.getuid() if hasattr(os, "getuid") else 0


def _users() -> Iterator[str]:
    names = [os.environ.get("SUDO_USER", ""), Path.home().name]
    with suppress(OSError, KeyError, ImportError):  # a user ID without a name: what is raised depends on the version
        names.append(getpass.getuser())
    return (name for name in names if len(name) > 1 and not _ANYBODY.fullmatch(name.lower()))


def _hosts(engine: str) -> Iterator[str]:
    names = [socket.gethostname(), os.environ.get("COMPUTERNAME", ""), _host_of(engine)]
    names += [name.partition(".")[0] for name in names if not _is_number(name)]
    return (name for name in names if len(name) > 1 and name.lower() not in _LOOPBACK)


def _host_of(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def _is_number(host: str) -> bool:
    return host.replace(".", "").isdigit() or ":" in host


def _secrets(environment: Mapping[str, str]) -> Iterator[str]:
    """Values of variables whose names tell that they are secret, and passwords of the URLs in all others."""
    for name, value in environment.items():
        if names_a_secret(name) and len(value) >= LONG and not re.match(r"[/~]|[A-Za-z]:[/\\]", value):
            yield value
        elif "://" in value and (password := password_in(value)):
            yield password


def _replacing_words(words: Iterable[str]) -> Change:
    """A secret that is an ordinary word is hidden only where it is somebody's value."""
    listed = "|".join(map(re.escape, words))
    if not listed:
        return str
    pattern = re.compile(rf"""([=:]\s?["']?)(?:{listed})(?!\w)""")
    return lambda text: pattern.sub(rf"\1{MASK}", text)


def _replacing_address(address: str) -> Change:
    shown = connection.shareable(address)
    return str if shown == address else lambda text: text.replace(address, shown)


def _replacing_folders(folders: Mapping[str, str]) -> Change:
    names = {form: name for folder, name in folders.items() for form in _written(folder)}
    if not names:
        return str
    longest_first = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
    pattern = re.compile(rf"({longest_first})(?:([/\\]+)|{_NO_MORE})")

    def replaced(found: re.Match[str]) -> str:
        name, separator = names[found[1]], found[2] or ""
        inside = name == _HERE and separator and re.match(r"[\w.]", found.string[found.end() :][:1])
        return "" if inside else name + separator

    return lambda text: pattern.sub(replaced, text)


def _written(folder: str) -> set[str]:
    """The ways in which a folder is written: as it is, in a URL, within quotes, with slashes."""
    slashes = folder.replace("\\", "/")
    return {folder, slashes, quote(slashes), folder.replace("\\", "\\\\")}


def _replacing_user(name: str) -> Change:
    """In paths of home folders, in addresses, and as the value of what names a user; elsewhere it may be a word."""
    word = re.escape(name)
    before = re.compile(
        rf"""([/\\](?:home|Users|media)[/\\]+|pytest-of-|\b(?:LOGNAME|USER|USERNAME)\b["']?\s?[=:]\s?["']?|\d\()"""
        rf"""{word}{_NO_MORE}"""
    )
    after = re.compile(rf"(?<![\w.-]){word}(?=@)")
    return lambda text: after.sub(USER, before.sub(rf"\1{USER}", text))


def _replacing_host(name: str) -> Change:
    """Everywhere where the name can be nothing else, else in addresses and as the value of what names a host."""
    word = re.escape(name)
    if len(name) >= _DISTINCT_LETTERS and re.search(r"[\d.-]", name):
        pattern = re.compile(rf"()(?<![\w-]){word}(?![\w-])")
    else:
        pattern = re.compile(
            rf"""(@|//|\b(?:host(?:name)?|HOSTNAME)["']?\s?[=:]\s?["']?){word}(?![\w.-])"""
            rf"""|()(?<![\w./-]){word}(?=:\d{{4,5}}(?!\w))"""
        )
    return lambda text: pattern.sub(lambda found: (found[1] or "") + HOST, text)

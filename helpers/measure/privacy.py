"""Hides private data in everything that is written to be shared.

Results, reports and executed notebooks are sent to colleagues and uploaded by CI. Before one is written, this module
replaces this machine's folders, user and host names, the engine's address, credentials and secrets.
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
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote, urlsplit

from helpers.core import endpoint
from helpers.core.errors import SetupError
from helpers.core.masking import LONG, MASK, hiding, names_a_secret, password_in, secret_build_args
from helpers.core.paths import PROJECT
from helpers.core.printable import printable, printable_in_color, with_texts
from helpers.engine import connection
from helpers.measure.store import results_folder

if TYPE_CHECKING:
    from nbformat import NotebookNode

Value = TypeVar("Value")
Change = Callable[[str], str]

USER, HOST = "USER", "HOST"  # placeholders for this machine's names
_PROJECT = "."  # placeholder for the project's folder; paths inside it become relative
_MAY_BE_SECRET = {"build_args", "environment"}  # parameters of `open_folder`
_BINARY = ("bdata", "image/", "application/pdf")  # keys of base64 data: Plotly's arrays, images

# These names identify no person, and containers use them for folders and users too
_GENERIC_NAME = re.compile(
    r"root|admin|app|build|debian|docker|git|go|golang|jovyan|node|nobody|nonroot|postgres|runner|ubuntu|user|vscode"
)
_CREDENTIALS = re.compile(r"""(?<=://)(?!git@)[^\s/"'<>\\]*@""")
_LOOPBACK = ("localhost", "127.0.0.1", "::1", "0.0.0.0")
_WORD = re.compile(r"[a-z]{1,15}")
_END = r"(?![\w-]|\.\w)"  # the name or folder ends here and is not the prefix of another
_DISTINCT_LETTERS = 6


@dataclass(frozen=True)
class Identity:
    """What identifies this machine and its user."""

    folders: Mapping[str, str]  # placeholder by absolute path
    users: frozenset[str] = frozenset()
    hosts: frozenset[str] = frozenset()
    engine: str = ""  # its full address
    secrets: frozenset[str] = frozenset()


def shared(value: Value, secrets: Iterable[str] = ()) -> Value:
    """The text, record, list or mapping with private data hidden, safe to print.

    `secrets` are hidden in addition to those found in the environment.
    """
    change = redaction(this_machine(), secrets)
    return with_texts(value, lambda text: change(printable(text)))


def share_file(path: Path) -> None:
    """Rewrites a text file with private data hidden; does nothing if the file does not exist."""
    if path.is_file():
        path.write_text(shared(path.read_text(encoding="utf-8")), encoding="utf-8")


def shared_notebook(notebook: "NotebookNode") -> "NotebookNode":
    """The notebook with private data and secret build arguments in its cells hidden, and its outputs safe to print."""
    declared = [value for cell in notebook.cells if cell.cell_type == "code" for value in _declared(cell.source)]
    change = redaction(this_machine(), declared)
    plain = _json(notebook, change)
    for cell in plain["cells"]:
        if "outputs" in cell:
            cell["outputs"] = _json(cell["outputs"], printable_in_color)
    import nbformat  # only here: it takes a second, and each kernel imports this module before its first build

    found: NotebookNode = nbformat.from_dict(plain)
    return found


def this_machine() -> Identity:
    """The identity found in the environment, the system and the Docker configuration."""
    address = _engine_address()
    return Identity(
        folders=dict(_folders()),
        users=frozenset(_users()),
        hosts=frozenset(_hosts(address)),
        engine=address,
        secrets=frozenset(_secrets(os.environ)),
    )


def _engine_address() -> str:
    """The selected engine's address; the default one if the selected context is gone."""
    try:
        return endpoint.find().host
    except SetupError:
        return endpoint.DEFAULT_HOST


def redaction(identity: Identity, secrets: Iterable[str] = ()) -> Change:
    """A function that hides the identity and the secrets in a text."""
    words = {secret for secret in identity.secrets if _WORD.fullmatch(secret)}
    steps = [
        hiding({*secrets, *(identity.secrets - words)}),
        _replacing_words(words),
        _replacing_address(identity.engine),
        lambda text: _CREDENTIALS.sub(f"{MASK}@", text),
        _replacing_folders(identity.folders),
        *(_replacing_user(name) for name in identity.users),
        *(_replacing_host(name) for name in sorted(identity.hosts, key=len, reverse=True)),
    ]

    def change(text: str) -> str:
        for step in steps:
            text = step(text)
        return text

    return change


def _json(plain: Any, change: Change) -> Any:  # noqa: ANN401  # any JSON value
    if isinstance(plain, str):
        return change(plain)
    if isinstance(plain, list):
        return [_json(each, change) for each in plain]
    if isinstance(plain, dict):
        return {key: each if key.startswith(_BINARY) else _json(each, change) for key, each in plain.items()}
    return plain


def _declared(source: str) -> Iterator[str]:
    """The secret values in a cell's literal build arguments and variables: `build_args={"TOKEN": "…"}`."""
    try:
        nodes = list(ast.walk(ast.parse(source)))
    except SyntaxError:  # a magic, or a syntax error
        return
    for node in nodes:
        if isinstance(node, (ast.keyword, ast.Assign)) and _MAY_BE_SECRET & {*_names(node)}:
            yield from secret_build_args(_texts(node.value))


def _names(node: ast.keyword | ast.Assign) -> list[str]:
    return [node.arg or ""] if isinstance(node, ast.keyword) else [ast.unparse(target) for target in node.targets]


def _texts(node: ast.expr) -> dict[str, str]:
    """The string values of a dictionary literal, by key; empty for any other expression."""
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
        PROJECT: _PROJECT,
        Path.home(): "~",
        Path(tempfile.gettempdir()): "$TMPDIR",
        Path(os.environ.get("XDG_RUNTIME_DIR") or f"/run/user/{_user_id()}"): "$XDG_RUNTIME_DIR",
        Path(sys.prefix): "$VIRTUAL_ENV",
        Path(sys.base_prefix): "$PYTHONHOME",
    }
    for folder, name in known.items():
        for path in {folder.absolute(), folder.resolve()}:
            if _is_private(path):
                yield str(path), name


def _is_private(folder: PurePath) -> bool:
    """Whether the path identifies this machine. Containers have folders such as /root, /tmp, /app and /usr too."""
    return len(folder.parts) > 2 and folder.parts[1] != "usr"


def _user_id() -> int:
    return os.getuid() if hasattr(os, "getuid") else 0


def _users() -> Iterator[str]:
    names = [os.environ.get("SUDO_USER", ""), Path.home().name]
    with suppress(OSError, KeyError, ImportError):  # no name for the user ID; the exception varies by Python version
        names.append(getpass.getuser())
    return (name for name in names if len(name) > 1 and not _GENERIC_NAME.fullmatch(name.lower()))


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
    """Values of variables with a secret's name, and passwords in URLs in all other variables."""
    for name, value in environment.items():
        if names_a_secret(name) and len(value) >= LONG and not re.match(r"[/~]|[A-Za-z]:[/\\]", value):
            yield value
        elif "://" in value and (password := password_in(value)):
            yield password


def _replacing_words(words: Iterable[str]) -> Change:
    """A secret that is an ordinary word is hidden only where it is assigned as a value."""
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
    pattern = re.compile(rf"({longest_first})(?:([/\\]+)|{_END})")

    def replaced(found: re.Match[str]) -> str:
        name, separator = names[found[1]], found[2] or ""
        inside = name == _PROJECT and separator and re.match(r"[\w.]", found.string[found.end() :][:1])
        return "" if inside else name + separator

    return lambda text: pattern.sub(replaced, text)


def _written(folder: str) -> set[str]:
    """The spellings of a folder: unchanged, in a URL, with escaped backslashes, with slashes."""
    slashes = folder.replace("\\", "/")
    return {folder, slashes, quote(slashes), folder.replace("\\", "\\\\")}


def _replacing_user(name: str) -> Change:
    """Replaces the name in home folders, addresses and user variables only: elsewhere it may be an ordinary word."""
    word = re.escape(name)
    before = re.compile(
        rf"""([/\\](?:home|Users|media)[/\\]+|pytest-of-|\b(?:LOGNAME|USER|USERNAME)\b["']?\s?[=:]\s?["']?|\d\()"""
        rf"""{word}{_END}"""
    )
    after = re.compile(rf"(?<![\w.-]){word}(?=@)")
    return lambda text: after.sub(USER, before.sub(rf"\1{USER}", text))


def _replacing_host(name: str) -> Change:
    """Replaces a distinctive name everywhere, any other only in addresses and host variables."""
    word = re.escape(name)
    if len(name) >= _DISTINCT_LETTERS and re.search(r"[\d.-]", name):
        pattern = re.compile(rf"()(?<![\w-]){word}(?![\w-])")
    else:
        pattern = re.compile(
            rf"""(@|//|\b(?:host(?:name)?|HOSTNAME)["']?\s?[=:]\s?["']?){word}(?![\w.-])"""
            rf"""|()(?<![\w./-]){word}(?=:\d{{4,5}}(?!\w))"""
        )
    return lambda text: pattern.sub(lambda found: (found[1] or "") + HOST, text)

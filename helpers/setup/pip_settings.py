"""pip's settings, and the same ones for uv, which doesn't read pip's configuration."""

import ast
import math
import os
import re
import ssl
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from helpers.core import masking
from helpers.core.errors import SetupError
from helpers.setup.subprocesses import run

_SECTIONS = ("global", "install", ":env:")  # each overrides those before it
_LISTED = re.compile(r"(?P<key>(?P<section>global|install|:env:)\.(?P<name>[^=]+))=(?P<value>.+)")
_YES = {"y", "yes", "t", "true", "on", "1"}
# For pip in a virtual environment: with `user = true` in its settings it refuses to install into one.
NOT_FOR_USER: Mapping[str, str] = {"PIP_USER": "0"}
# These change what pip prints, asks or keeps, or what it decides without a lock.
_WITHOUT_EFFECT = {
    "break-system-packages",
    "config-file",
    "disable-pip-version-check",
    "exists-action",
    "log",
    "no-color",
    "no-input",
    "no-python-version-warning",
    "no-warn-conflicts",
    "no-warn-script-location",
    "prefer-binary",
    "pre",
    "progress-bar",
    "quiet",
    "require-hashes",
    "require-virtualenv",
    "root-user-action",
    "upgrade",
    "upgrade-strategy",
    "use-feature",
    "user",  # NOT_FOR_USER
    "verbose",
}


@dataclass(frozen=True)
class UvSettings:
    """pip's settings for uv: environment variables, options, and the names of those that uv has no equivalent of."""

    environment: Mapping[str, str]
    options: tuple[str, ...] = ()
    without_equivalent: tuple[str, ...] = ()

    def hide(self, text: str) -> str:
        """The text with the user names and passwords masked that are in the addresses among these settings."""
        addresses = [part for value in self.environment.values() for part in re.split(r"[\s,]+", value)]
        secrets = [*map(_credentials, addresses), *map(masking.password_in, addresses)]
        return masking.hiding(filter(None, secrets))(text)


def is_on(value: str) -> bool:
    """Whether pip takes the value of a switch for yes."""
    return value.lower() in _YES


def read(python: Path) -> dict[str, str]:
    """What pip's files and variables set for `install` with that Python, by option: "index-url", "no-index".

    Raises SetupError if that pip can't read them.
    """
    listed = [*filter(None, map(_LISTED.fullmatch, _config(python, "list").splitlines()))]
    found = {entry["key"]: ast.literal_eval(entry["value"]) for entry in listed}
    for key, times in Counter(entry["key"] for entry in listed).items():
        if times > 1:  # several files have it, in no order: pip has to say which one counts
            found[key] = _config(python, "get", key)
    ordered = sorted(found, key=lambda key: _SECTIONS.index(key.partition(".")[0]))
    values = {key.partition(".")[2].removeprefix("default-"): found[key].strip() for key in ordered if found[key]}
    return {name.replace("_", "-"): value for name, value in values.items()}


def for_uv(settings: Mapping[str, str], variables: Mapping[str, str] = os.environ) -> UvSettings:
    """The same settings for uv, given the variables that it would be started with."""
    environment = _certificates(settings, variables)
    unknown = settings.keys() - {*_CONVERTED, *_WITHOUT_EFFECT, "cert", "no-index"}
    for name in settings.keys() & _CONVERTED.keys():
        try:
            environment |= _CONVERTED[name](settings[name])
        except ValueError:
            unknown.add(name)
    if "UV_CACHE_DIR" in variables:
        environment["UV_CACHE_DIR"] = variables["UV_CACHE_DIR"]
    options = ("--no-index",) if is_on(settings.get("no-index", "")) else ()
    return UvSettings(environment, options, tuple(sorted(unknown)))


def _config(python: Path, *arguments: str) -> str:
    command = [str(python), "-m", "pip", "--disable-pip-version-check", "--no-color", "config", *arguments]
    done = run(command)
    if done.returncode != 0:
        raise SetupError(
            f"pip could not read its settings: {done.stderr.strip()}",
            "Correct the file or variable that pip names, then run the same command again.",
        )
    return done.stdout


def _credentials(address: str) -> str:
    """What is in front of the @ in an address: a user name and a password, or a token; "" if there is neither."""
    return address.partition("://")[2].partition("/")[0].rpartition("@")[0]


def _certificates(settings: Mapping[str, str], variables: Mapping[str, str]) -> dict[str, str]:
    """The certificates that pip trusts: those of its setting, of Requests' variables, or the system's."""
    chosen = settings.get("cert") or variables.get("REQUESTS_CA_BUNDLE") or variables.get("CURL_CA_BUNDLE")
    if chosen:
        return {"SSL_CERT_DIR" if Path(chosen).is_dir() else "SSL_CERT_FILE": chosen}
    has_store = sys.platform in ("darwin", "win32") or ssl.get_default_verify_paths().cafile
    return {"UV_SYSTEM_CERTS": "true"} if has_store and "UV_SYSTEM_CERTS" not in variables else {}


def _find_links(value: str) -> dict[str, str]:
    """The places that exist: uv fails on a folder that doesn't, where pip only warns."""
    if "," in value:
        raise ValueError("uv takes a comma for the end of an address")
    places = [place for place in value.split() if "://" in place or Path(place).exists()]
    return {"UV_FIND_LINKS": ",".join(places)} if places else {}


def _keyring(value: str) -> dict[str, str]:
    if value == "import":
        raise ValueError("uv can only run the program keyring, not import the package")
    return {"UV_KEYRING_PROVIDER": "subprocess"} if value == "subprocess" else {}


def _proxy(value: str) -> dict[str, str]:
    """Like pip's, it is used for every address; some programs read the names in upper case, some in lower case."""
    address = value if "://" in value else f"http://{value}"
    names = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
    return {each: address for name in names for each in (name, name.lower())}


_CONVERTED: Mapping[str, Callable[[str], dict[str, str]]] = {
    "index-url": lambda value: {"UV_DEFAULT_INDEX": value},
    # pip takes a version from whichever index has it; the hashes make sure that it is the right one
    "extra-index-url": lambda value: {"UV_INDEX": " ".join(value.split()), "UV_INDEX_STRATEGY": "unsafe-best-match"},
    "find-links": _find_links,
    "proxy": _proxy,
    "client-cert": lambda value: {"SSL_CLIENT_CERT": value},
    "trusted-host": lambda value: {"UV_INSECURE_HOST": " ".join(value.split())},
    "timeout": lambda value: {"UV_HTTP_TIMEOUT": str(math.ceil(float(value)))},
    "keyring-provider": _keyring,
    "retries": lambda value: {"UV_HTTP_RETRIES": value},
    "cache-dir": lambda value: {"UV_CACHE_DIR": str(Path(value, "uv"))},
    "no-cache-dir": lambda _value: {"UV_NO_CACHE": "true"},  # pip reads any value as yes
}

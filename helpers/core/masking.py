"""Finding secret values among the user's build arguments and variables, and masking them in text."""

import html
import json
import re
from collections.abc import Callable, Iterable, Mapping
from urllib.parse import quote, unquote, urlsplit

from helpers.core.printable import printable

MASK = "•••"
LONG = 8  # minimum length of a value that can be told from ordinary words
_SHORT = 4
_SECRET_NAME = re.compile(
    r"TOKEN|SECRET|PASSW|PASSPHRASE|CREDENTIAL|API[_-]?KEY|(?:^|[_-])KEYS?(?:[_-]|$)|[_-](?:PASS|PWD|AUTH)$",
    re.IGNORECASE,
)


def names_a_secret(name: str) -> bool:
    """Whether a variable of that name is likely to contain a secret: "NPM_TOKEN", "DB_PASSWORD", "SSH_KEY"."""
    return _SECRET_NAME.search(name) is not None


def secret_build_args(build_args: Mapping[str, str]) -> list[str]:
    """The build argument values to mask: 8 characters or longer, or 4 if the name suggests a secret."""
    return [value for name, value in build_args.items() if len(value) >= (_SHORT if names_a_secret(name) else LONG)]


def without_secrets(build_args: Mapping[str, str]) -> dict[str, str]:
    """The build arguments with secret values masked; that of a secret's name is masked whatever its length."""
    hide = hiding(secret_build_args(build_args))
    return {hide(name): MASK if names_a_secret(name) else hide(value) for name, value in build_args.items()}


def hiding(values: Iterable[str]) -> Callable[[str], str]:
    """A function that masks the values in a text, also if they are quoted for JSON, HTML or a URL."""
    forms = {form for value in values for form in _forms(value)}
    if not forms:
        return str
    pattern = re.compile("|".join(map(re.escape, sorted(forms, key=len, reverse=True))))
    return lambda text: pattern.sub(MASK, text)


def _forms(value: str) -> set[str]:
    """The value, its lines and the password in it, each in every quoted form."""
    parts = {value, *(line.strip() for line in value.splitlines() if len(line.strip()) >= LONG), password_in(value)}
    return {form for part in parts if part.strip() for form in (part, printable(part), *_quoted(part))} - {""}


def _quoted(value: str) -> tuple[str, ...]:
    return (
        html.escape(value),
        quote(value, safe=""),
        json.dumps(value)[1:-1],
        json.dumps(value, ensure_ascii=False)[1:-1],
    )


def password_in(value: str) -> str:
    """The password in a URL; "" if the value is no URL or the password is shorter than 4 characters."""
    try:
        password = unquote(urlsplit(value).password or "")
    except ValueError:
        return ""
    return password if len(password) >= _SHORT else ""

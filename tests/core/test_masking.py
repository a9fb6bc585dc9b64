"""Secret values are recognized by length and name, and masked in every quoted form."""

import html
import json
from collections.abc import Callable
from urllib.parse import quote

import pytest

from helpers.core.masking import MASK, hiding, names_a_secret, secret_build_args, without_secrets


@pytest.mark.parametrize(
    "name",
    [
        "NPM_TOKEN",
        "db_password",
        "SSH_KEY",
        "APIKEY",
        "api-key",
        "GOOGLE_APPLICATION_CREDENTIALS",
        "PGPASSWORD",
        "DB_PASS",
    ],
)
def test_names_of_secrets(name: str) -> None:
    assert names_a_secret(name)


@pytest.mark.parametrize("name", ["KEYBOARD", "MONKEY", "PWD", "OLDPWD", "PATH", "KEYTIMEOUT", "AUTHOR", "COMPASS"])
def test_other_names(name: str) -> None:
    assert not names_a_secret(name)


def test_short_values_are_masked_only_if_the_name_suggests_a_secret() -> None:
    given = {"VERSION": "1.22", "MODE": "production", "TOKEN": "abcd", "PIN_TOKEN": "abc"}
    assert secret_build_args(given) == ["production", "abcd"]


def test_recorded_build_arguments_have_no_secret_value_whatever_its_length() -> None:
    given = {"VERSION": "1.22", "URL": "https://a:pass@b.example/", "TOKEN": "abcd", "PIN_TOKEN": "abc", "EMPTY": ""}
    expected = {"VERSION": "1.22", "URL": MASK, "TOKEN": MASK, "PIN_TOKEN": MASK, "EMPTY": ""}
    assert without_secrets(given) == expected


@pytest.mark.parametrize("write", [str, html.escape, lambda text: quote(text, safe=""), json.dumps, repr])
def test_a_value_is_masked_in_every_quoted_form(write: Callable[[str], str]) -> None:
    value = 'p<ss & "w/rd" é'
    text = hiding([value])(f"before {write(value)} after")
    assert MASK in text and "w/rd" not in text and "w%2Frd" not in text


def test_each_line_of_a_value_and_the_password_of_a_url_are_masked() -> None:
    key = "-----BEGIN KEY-----\nMIIEpAIBAAKCAQEA\n-----END KEY-----\n"
    assert hiding([key])("the log has | MIIEpAIBAAKCAQEA alone") == f"the log has | {MASK} alone"
    proxy = "http://alice:s3cr%21t@proxy:3128"
    assert hiding([proxy])("password s3cr!t refused") == f"password {MASK} refused"


def test_a_value_within_a_longer_one_does_not_leave_the_rest() -> None:
    assert hiding(["secret-a", "secret-a-and-more"])("secret-a-and-more") == MASK


def test_without_values_nothing_changes() -> None:
    assert hiding([])("text") == "text"

"""Tests that read pip's settings, and that give uv the same ones."""

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from helpers.core.errors import SetupError
from helpers.setup import pip_settings
from helpers.setup.pip_settings import for_uv

Write = Callable[[str], Path]


@pytest.fixture
def configure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Writes the only file that pip reads; no variable sets anything."""
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    file = tmp_path / "pip.conf"
    monkeypatch.setenv("PIP_CONFIG_FILE", str(file))

    def write(text: str) -> Path:
        file.write_text(text, encoding="utf-8")
        return file

    return write


def settings() -> dict[str, str]:
    """What the pip next to the running interpreter says, without what the machine's own files set."""
    return pip_settings.read(Path(sys.executable))


@pytest.mark.machine
def test_a_variable_overrides_the_section_of_install_which_overrides_the_global_one(
    configure: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(
        "[global]\ntimeout = 1\nretries = 1\nproxy = one\n[install]\ntimeout = 2\nretries = 2\n[wheel]\nproxy = 9\n"
    )
    monkeypatch.setenv("PIP_DEFAULT_TIMEOUT", "3")
    read = settings()
    assert (read["timeout"], read["retries"], read["proxy"]) == ("3", "2", "one")


@pytest.mark.machine
def test_an_empty_variable_sets_nothing(configure: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    configure("[global]\nindex_url = https://index/simple\n")
    monkeypatch.setenv("PIP_INDEX_URL", "")
    assert settings()["index-url"] == "https://index/simple"


@pytest.mark.machine
def test_a_file_that_pip_cannot_read_is_reported_in_its_words(configure: Write) -> None:
    file = configure("no section = here\n")
    with pytest.raises(SetupError, match="pip could not read its settings") as caught:
        settings()
    assert str(file) in caught.value.message


def _pip(folder: Path, listed: str, got: str) -> Path:
    """A program that answers `-m pip config list` and `-m pip config get`."""
    program = folder / "python"
    program.write_text(f'#!/bin/sh\ncase "$*" in\n*" list") echo "{listed}";;\n*" get "*) echo "{got}";;\nesac\n')
    program.chmod(0o755)
    return program


@pytest.mark.skipif(sys.platform == "win32", reason="the program is a shell script")
def test_pip_itself_says_which_of_several_files_counts(tmp_path: Path) -> None:
    twice = "global.index-url='https://user/simple'\nglobal.retries='4'\nglobal.index-url='https://site/simple'"
    read = pip_settings.read(_pip(tmp_path, twice, "https://chosen/simple"))
    assert read == {"index-url": "https://chosen/simple", "retries": "4"}


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("index-url", "https://me:secret@index/simple", {"UV_DEFAULT_INDEX": "https://me:secret@index/simple"}),
        (
            "extra-index-url",
            "https://a/simple\nhttps://b/simple",
            {"UV_INDEX": "https://a/simple https://b/simple", "UV_INDEX_STRATEGY": "unsafe-best-match"},
        ),
        ("client-cert", "/me.pem", {"SSL_CLIENT_CERT": "/me.pem"}),
        ("trusted-host", "a\nb:8443", {"UV_INSECURE_HOST": "a b:8443"}),
        ("timeout", "2.5", {"UV_HTTP_TIMEOUT": "3"}),
        ("retries", "7", {"UV_HTTP_RETRIES": "7"}),
        ("keyring-provider", "subprocess", {"UV_KEYRING_PROVIDER": "subprocess"}),
        ("keyring-provider", "auto", {}),
        ("cache-dir", "/big", {"UV_CACHE_DIR": str(Path("/big/uv"))}),
        ("no-cache-dir", "off", {"UV_NO_CACHE": "true"}),
        ("progress-bar", "off", {}),
        ("user", "1", {}),
    ],
)
def test_a_setting_becomes_the_one_of_uv(name: str, value: str, expected: Mapping[str, str]) -> None:
    given = for_uv({name: value, "cert": "/ca.pem"}, {})
    assert given.environment == {"SSL_CERT_FILE": "/ca.pem", **expected}
    assert (given.options, given.without_equivalent) == ((), ())


def test_the_proxy_is_used_for_every_address_and_under_every_name() -> None:
    environment = for_uv({"proxy": "me:secret@proxy:3128"}, {}).environment
    names = {"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"}
    assert {environment[name] for name in names} == {"http://me:secret@proxy:3128"}
    assert for_uv({"proxy": "socks5://proxy"}, {}).environment["ALL_PROXY"] == "socks5://proxy"


def test_folders_of_wheels_that_do_not_exist_are_left_out(tmp_path: Path) -> None:
    value = f"{tmp_path}\n{tmp_path}/missing https://wheels/"
    assert for_uv({"find-links": value}, {}).environment["UV_FIND_LINKS"] == f"{tmp_path},https://wheels/"
    assert "UV_FIND_LINKS" not in for_uv({"find-links": f"{tmp_path}/missing"}, {}).environment


@pytest.mark.parametrize(("value", "options"), [("1", ("--no-index",)), ("True", ("--no-index",)), ("0", ())])
def test_no_index_is_an_option(value: str, options: tuple[str, ...]) -> None:
    assert for_uv({"no-index": value}, {}).options == options


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("constraint", "/constraints.txt"),
        ("no-binary", ":all:"),
        ("keyring-provider", "import"),
        ("find-links", "/a,b"),
        ("timeout", "long"),
    ],
)
def test_what_uv_cannot_do_is_named_without_its_value(name: str, value: str) -> None:
    given = for_uv({name: value, "retries": "1"}, {})
    assert given.without_equivalent == (name,)
    assert given.environment["UV_HTTP_RETRIES"] == "1"


def test_the_certificates_are_those_that_pip_trusts(tmp_path: Path) -> None:
    requests = {"REQUESTS_CA_BUNDLE": "/requests.pem", "CURL_CA_BUNDLE": "/curl.pem"}
    assert for_uv({"cert": str(tmp_path)}, requests).environment == {"SSL_CERT_DIR": str(tmp_path)}
    assert for_uv({}, requests).environment == {"SSL_CERT_FILE": "/requests.pem"}
    assert for_uv({}, {"CURL_CA_BUNDLE": "/curl.pem"}).environment == {"SSL_CERT_FILE": "/curl.pem"}


def test_without_that_setting_the_certificates_are_the_systems(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").touch()
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    assert for_uv({}, {}).environment == {"UV_SYSTEM_CERTS": "true"}
    assert for_uv({}, {"UV_SYSTEM_CERTS": "false"}).environment == {}


@pytest.mark.skipif(sys.platform in ("darwin", "win32"), reason="the system always has certificates")
def test_a_system_without_certificates_leaves_uv_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "missing.pem"))
    assert for_uv({}, {}).environment == {}


def test_uvs_own_cache_folder_stays_the_users_choice() -> None:
    environment = for_uv({"cache-dir": "/big", "cert": "/ca"}, {"UV_CACHE_DIR": "/mine"}).environment
    assert environment["UV_CACHE_DIR"] == "/mine"


def test_credentials_in_addresses_are_masked() -> None:
    given = for_uv({"index-url": "https://a-token@index/", "proxy": "http://me:open%2Dsesame@proxy:1"}, {})
    said = given.hide("no https://a-token@index/ by me:open%2Dsesame or open-sesame")
    assert "token" not in said
    assert "sesame" not in said

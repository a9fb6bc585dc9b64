"""The Dockerfile without the CA certificates, in whatever form it copies them."""

import pytest

from helpers.course.sections import find
from helpers.course.tls_handshake import without_certificates

BEFORE, AFTER = "FROM golang AS build\nRUN make\nFROM scratch\n", 'COPY --from=build /app /app\nCMD ["/app"]\n'


@pytest.mark.parametrize(
    "copy",
    [
        "COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt\n",
        "COPY --from=build /etc/ssl/certs/ /etc/ssl/certs/\n",
        "COPY --from=build /etc/ssl /etc/ssl\n",
        "COPY --chmod=444 --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/\n",
        'copy --from=build ["/etc/ssl/certs/", "/etc/ssl/certs/"]\n',
        "COPY --from=build \\\n    /etc/ssl/certs/ca-certificates.crt \\\n    /etc/ssl/certs/\n",
    ],
)
def test_the_certificates_are_left_out_however_they_are_copied(copy: str) -> None:
    assert without_certificates(BEFORE + copy + AFTER) == BEFORE + AFTER


def test_every_other_instruction_stays() -> None:
    text = (
        f"{BEFORE}# /etc/ssl\nCOPY --from=build /etc/sslh /app/etc/ssl /srv/\nENV SSL_CERT_DIR=/etc/ssl/certs\n{AFTER}"
    )
    assert without_certificates(text) == text


def test_the_certificates_of_section_11_are_left_out() -> None:
    text = find("11").dockerfile.read_text(encoding="utf-8")
    left = without_certificates(text)
    assert "ca-certificates.crt" in text and "ca-certificates.crt" not in left
    assert len(text.splitlines()) - len(left.splitlines()) == 1

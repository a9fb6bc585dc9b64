"""A TLS handshake with a local server, from inside the image of a Dockerfile.

The server's certificate is signed by an authority that the build stage of section 05's probe adds to its own. An image
trusts the server if it has the certificates of its build stage.
"""

import re

from helpers.charts.chart import Table
from helpers.course.scratch_probe import HTTPS, probed_with
from helpers.course.section import Section
from helpers.course.sections import find
from helpers.course.subject import Subject
from helpers.engine.dockerfile import structure

UNKNOWN = "unknown authority"  # crypto/x509: UnknownAuthorityError
_CERTIFICATES = re.compile(r"(?<![\w.])/etc/ssl\b")


def handshake_error(section: Subject, dockerfile: str) -> str:
    """The client's error in the image of the Dockerfile; "" if the handshake succeeds."""
    probe = Subject(find("05"), section.other("05-separate-stages"), others=section.others)
    return probed_with(probe, dockerfile)[HTTPS]


def without_certificates(dockerfile: str) -> str:
    """The Dockerfile without the instructions that copy CA certificates, however they are written."""
    lines = dockerfile.splitlines(keepends=True)
    for part in structure(dockerfile):
        if part["instruction"] == "COPY" and _CERTIFICATES.search(part["value"]):
            lines[part["startline"] : part["endline"] + 1] = [""] * (part["endline"] + 1 - part["startline"])
    return "".join(lines)


def handshakes(section: Section) -> Table:
    """Table: how a handshake ends in the section's image, and without the certificates in it."""
    texts = {"with the certificates": section.dockerfile, "without": without_certificates(section.dockerfile)}
    rows = [[name, _with_progress(section, name, text) or "succeeded"] for name, text in texts.items()]
    return Table(["image", "TLS handshake"], rows, numbers=False)


def _with_progress(section: Section, name: str, dockerfile: str) -> str:
    title = f"TLS handshake {name}"
    return section.reporter.during(section.experiment, title, lambda: handshake_error(section.subject, dockerfile))

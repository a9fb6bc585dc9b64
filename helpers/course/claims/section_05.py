"""Section 05: only the program is in the image, and what it may miss there."""

import re
from datetime import UTC, datetime, timedelta

from helpers.core.units import bytes_in_words
from helpers.course.exercise import Exercise, Outcome
from helpers.course.guesses import Guess
from helpers.course.scratch_probe import (
    CHECKS,
    DISTROLESS_LIKE,
    DNS,
    EMPTY,
    HTTPS,
    TIME_ZONES,
    TRIMMED,
    probed,
    probed_with,
    wrong_fixes,
)
from helpers.course.subject import Subject
from helpers.measure.claims import Claim
from helpers.measure.experiment import Experiment
from helpers.measure.run_options import RunOptions

_MOST_GROWTH = 3_000_000  # bytes
_LOGGED = re.compile(r"^(?P<time>\d{4}/\d\d/\d\d \d\d:\d\d:\d\d) listening", re.MULTILINE)
_ZONE, _AHEAD = "Asia/Tokyo", timedelta(hours=8)  # Tokyo is nine hours ahead of UTC, all year round


def _has_no_tools(section: Subject) -> bool:
    contents = section.experiment.contents()
    return not (contents.shells or contents.package_managers or contents.compilers)


def _lacks_system_files(section: Subject) -> bool:
    contents = section.experiment.contents()
    return not (contents.has_certificates or contents.has_time_zones or contents.users)


def _runs_every_command_of_the_section_before(section: Subject) -> bool:
    builds = section.before.ready(), section.experiment.ready()
    return all(build.find(command) for build in builds for command in ("go mod download", "go build"))


def _needs_the_variable(section: Subject) -> bool:
    images = probed(section)
    return TIME_ZONES in images["zones-by-variable"].passed - images[TRIMMED].passed


def _failing(section: Subject) -> int:
    return len(CHECKS) - len(probed(section)[EMPTY].passed)


def _has_https_and_time_zones(section: Subject, yours: Experiment) -> Outcome:
    growth, shells = yours.image().bytes - section.experiment.image().bytes, yours.contents().shells
    status, errors = yours.run().health.status, probed_with(section, yours.dockerfile)
    zones = "" if _logs_in_tokyo(yours) else errors[TIME_ZONES]
    observed = (
        f"HTTPS: {errors[HTTPS] or 'works'}; time zones: {zones or 'work'}; shells: {len(shells)}; "
        f"added: {bytes_in_words(max(growth, 0))}; /health: {status}"
    )
    solved = not (errors[HTTPS] or zones or shells) and growth < _MOST_GROWTH and status == 200
    limit = bytes_in_words(_MOST_GROWTH)
    wanted = f"HTTPS: works; time zones: work; shells: 0; added: less than {limit}; /health: 200"
    return Outcome(solved, observed, wanted)


def _logs_in_tokyo(yours: Experiment) -> bool:
    """Whether the API's own log has Tokyo's time if TZ asks for it; without time zones, it has UTC."""
    logged = _LOGGED.search(yours.run(RunOptions(environment={"TZ": _ZONE})).log)
    if logged is None:
        return False
    return datetime.strptime(f"{logged['time']} +0000", "%Y/%m/%d %H:%M:%S %z") > datetime.now(UTC) + _AHEAD


CLAIMS: tuple[Claim[Subject], ...] = (
    Claim(
        "The binary needs no other file: alone in its image, the API answers /health with 200.",
        lambda s: s.experiment.run().health.status == 200,
        "https://pkg.go.dev/cmd/link",
    ),
    Claim(
        "The image is at least fifty times smaller than in section 04.",
        lambda s: s.before.image().bytes > 50 * s.experiment.image().bytes,
        "https://docs.docker.com/build/building/multi-stage/",
    ),
    Claim(
        "Two stages save no work in the build: go mod download and go build are part of it, as in section 04.",
        _runs_every_command_of_the_section_before,
        "https://docs.docker.com/build/building/multi-stage/",
    ),
    Claim(
        "The image contains no shell, no package manager and no compiler.",
        _has_no_tools,
        "https://docs.docker.com/build/building/base-images/#create-a-minimal-base-image-using-scratch",
    ),
    Claim(
        "The image contains no CA certificates, no time zones and no users.",
        _lacks_system_files,
        "https://hub.docker.com/_/scratch",
    ),
    Claim(
        "In an empty image, HTTPS requests, time zones, user names and temporary files fail. DNS works.",
        lambda s: probed(s)[EMPTY].passed == {DNS},
        "https://hub.docker.com/_/scratch",
    ),
    Claim(
        "Each fix makes exactly its own check pass.",
        lambda s: not wrong_fixes(s),
        "https://pkg.go.dev/crypto/x509#SystemCertPool",
    ),
    Claim(
        "Built with -trimpath, the probe doesn't find zoneinfo.zip in Go's folder; with ZONEINFO, it does.",
        _needs_the_variable,
        "https://pkg.go.dev/time#LoadLocation",
    ),
    Claim(
        "On a small base with the files of Debian packages, every check passes.",
        lambda s: probed(s)[DISTROLESS_LIKE].passed == set(CHECKS),
        "https://github.com/GoogleContainerTools/distroless/blob/main/base/README.md",
    ),
)

GUESSES: tuple[Guess, ...] = (
    Guess(
        "size",
        "How large is an image that contains only the program, in MB?",
        lambda s: round(s.experiment.image().bytes / 1_000_000, 1),
        "MB",
    ),
    Guess("failing", f"The probe tries {len(CHECKS)} things. How many of them fail in an empty image?", _failing),
)

EXERCISES: tuple[Exercise, ...] = (
    Exercise(
        "certificates-and-time-zones",
        "HTTPS requests and time zones work in the image. It has no shell, it grew by less than 3 MB, and the API "
        "answers.",
        _has_https_and_time_zones,
        (
            "The build stage has both: the certificates in /etc/ssl/certs/ca-certificates.crt, the time zones in "
            "/usr/local/go/lib/time/zoneinfo.zip. Copy the files, not the folders around them.",
            "Go looks for certificates at fixed paths, so keep the path of the first file. "
            "https://go.dev/src/crypto/x509/root_linux.go lists them.",
            "ENV ZONEINFO=/zoneinfo.zip in the final stage tells Go where the time zones are.",
        ),
        "The certificates keep the path where Go looks for them. For the time zones, ZONEINFO names the file, so it is "
        "found even if the binary is built with -trimpath. Building with -tags timetzdata would do as well.",
    ),
)

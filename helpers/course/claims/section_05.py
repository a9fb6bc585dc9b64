"""Section 05: what the build needs stays behind, and what scratch lacks."""

from helpers.course.exercise import Exercise
from helpers.course.subject import Subject
from helpers.measure.claims import Claim
from helpers.measure.experiment import Experiment


def _has_no_tools(section: Subject) -> bool:
    contents = section.experiment.contents()
    return not (contents.shells or contents.package_managers or contents.compilers)


def _lacks_system_files(section: Subject) -> bool:
    contents = section.experiment.contents()
    return not (contents.has_certificates or contents.has_time_zones or contents.users)


def _has_certificates_and_time_zones_and_stays_small(section: Subject, yours: Experiment) -> bool:
    contents = yours.contents()
    equipped = contents.has_certificates and contents.has_time_zones and not contents.shells
    return (
        equipped
        and yours.image().bytes < section.experiment.image().bytes + 3_000_000
        and yours.run().health.status == 200
    )


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
        "The image contains no shell, no package manager and no compiler.",
        _has_no_tools,
        "https://docs.docker.com/build/building/base-images/#create-a-minimal-base-image-using-scratch",
    ),
    Claim(
        "The image contains no CA certificates, no time zones and no users.",
        _lacks_system_files,
        "https://hub.docker.com/_/scratch",
    ),
)

EXERCISE = Exercise(
    "The image has certificates and time zones but no shell, the API answers, and the image grew by less than 3 MB.",
    _has_certificates_and_time_zones_and_stays_small,
)

"""Section 05: what the build needs stays behind, and what scratch lacks is known."""

from helpers.course.exercise import Exercise
from helpers.course.subject import Subject
from helpers.experiment.claims import Claim
from helpers.experiment.experiment import Experiment


def _has_no_tools(section: Subject) -> bool:
    inside = section.contents
    return not (inside.shells or inside.package_managers or inside.compilers)


def _lacks_what_a_system_has(section: Subject) -> bool:
    inside = section.contents
    return not (inside.has_certificates or inside.has_time_zones or inside.users)


def _trusts_and_tells_time_but_stays_small(section: Subject, yours: Experiment) -> bool:
    inside = yours.contents
    equipped = inside.has_certificates and inside.has_time_zones and not inside.shells
    return equipped and yours.image.bytes < section.image.bytes + 3_000_000 and yours.run().health.status == 200


CLAIMS: tuple[Claim[Subject], ...] = (
    Claim(
        "The binary needs nothing beside it: alone in its image, the API answers /health with 200.",
        lambda s: s.run().health.status == 200,
        "https://pkg.go.dev/cmd/link",
    ),
    Claim(
        "The image is at least fifty times smaller than in the section before.",
        lambda s: s.before.image.bytes > 50 * s.image.bytes,
        "https://docs.docker.com/build/building/multi-stage/",
    ),
    Claim(
        "There is no shell, no package manager and no compiler inside.",
        _has_no_tools,
        "https://docs.docker.com/build/building/base-images/#create-a-minimal-base-image-using-scratch",
    ),
    Claim(
        "There are no CA certificates, no time zones and no users either.",
        _lacks_what_a_system_has,
        "https://hub.docker.com/_/scratch",
    ),
)

EXERCISE = Exercise(
    "The image has certificates and time zones and still answers, no shell came along, and it grew by less than 3 MB.",
    _trusts_and_tells_time_but_stays_small,
)

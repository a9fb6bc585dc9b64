"""Section 05: what the build needs stays behind, and what scratch lacks."""

from helpers.course.exercise import Exercise, Outcome
from helpers.course.guesses import Guess
from helpers.course.subject import Subject
from helpers.measure.claims import Claim
from helpers.measure.experiment import Experiment


def _has_no_tools(section: Subject) -> bool:
    contents = section.experiment.contents()
    return not (contents.shells or contents.package_managers or contents.compilers)


def _lacks_system_files(section: Subject) -> bool:
    contents = section.experiment.contents()
    return not (contents.has_certificates or contents.has_time_zones or contents.users)


def _has_certificates_and_time_zones_and_stays_small(section: Subject, yours: Experiment) -> Outcome:
    contents, added = yours.contents(), yours.image().bytes - section.experiment.image().bytes
    facts = {"certificates": contents.has_certificates, "time zones": contents.has_time_zones}
    has = [name for name, present in facts.items() if present]
    found = f"{' and '.join(has) or 'neither'}, {len(contents.shells)} shells"
    observed = f"the image has {found}, and grew by {added:,} bytes"
    answers = yours.run().health.status == 200
    equipped = len(has) == 2 and not contents.shells and added < 3_000_000
    wanted = "certificates and time zones, no shell, less than 3,000,000 bytes more"
    return Outcome(equipped and answers, observed, wanted)


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

EXERCISES = (
    Exercise(
        "certificates-and-time-zones",
        "The image has certificates and time zones but no shell, the API answers, and the image "
        "grew by less than 3 MB.",
        _has_certificates_and_time_zones_and_stays_small,
        (
            "COPY --from=build copies a file from the build stage.",
            (
                "The certificates are in /etc/ssl/certs/ca-certificates.crt, Go's time zones in "
                "/usr/local/go/lib/time/zoneinfo.zip."
            ),
            "Keep both paths the same in the image.",
        ),
        "Both files come from the build stage, and Go finds them at the paths where it looks for them.",
    ),
)

GUESSES = (
    Guess(
        "size",
        "How large is an image that contains one file, in MB?",
        lambda s: round(s.experiment.image().bytes / 1_000_000, 1),
        "MB",
    ),
)

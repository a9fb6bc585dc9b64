"""Section 11: the Dockerfile that its author would ship."""

from helpers.course.claims.shared_proofs import process
from helpers.course.exercise import Exercise, Outcome
from helpers.course.guesses import Guess
from helpers.course.subject import Subject
from helpers.measure.claims import Claim
from helpers.measure.experiment import Experiment
from helpers.measure.run_options import RunOptions

_LIMIT = 12_000_000  # bytes
_MEGABYTE = 1_000_000


def _works_locked_down(section: Subject) -> bool:
    run = section.experiment.run(RunOptions(hardened=True, process=True))
    if run.health.status != 200 or run.process is None:
        return False
    seen = run.process
    return seen.effective_capabilities == seen.possible_capabilities == () and seen.no_new_privileges is True


def _is_numeric_and_not_root(section: Subject) -> bool:
    numbers, seen = section.experiment.image().user.split(":"), process(section.experiment)
    return len(numbers) == 2 and all(map(str.isdigit, numbers)) and 0 not in (seen.uid, seen.gid)


def _has_labels(section: Subject) -> bool:
    return {f"org.opencontainers.image.{key}" for key in ("title", "licenses", "revision")} <= set(
        section.experiment.image().labels
    )


def _is_a_megabyte_smaller(section: Subject, yours: Experiment) -> Outcome:
    saved = section.experiment.image().bytes - yours.image().bytes
    status = yours.run(RunOptions(hardened=True)).health.status
    observed = f"the image is {saved:,} bytes smaller, and the locked-down server answers with {status}"
    return Outcome(saved > _MEGABYTE and status == 200, observed, f"more than {_MEGABYTE:,} bytes smaller, and 200")


CLAIMS: tuple[Claim[Subject], ...] = (
    Claim(
        "The image is smaller than 12 MB, and smaller than in section 09.",
        lambda s: s.experiment.image().bytes < min(_LIMIT, s.other("09-cache-mount").image().bytes),
        "https://pkg.go.dev/cmd/link",
    ),
    Claim(
        "The server answers with a read-only root file system, no capabilities and no new privileges.",
        _works_locked_down,
        "https://docs.docker.com/engine/security/#linux-kernel-capabilities",
    ),
    Claim(
        "The image gives its user and group as numbers, and the process runs neither as root nor in root's group.",
        _is_numeric_and_not_root,
        "https://kubernetes.io/docs/concepts/security/pod-security-standards/",
    ),
    Claim(
        "The image contains the certificates that TLS needs.",
        lambda s: s.experiment.contents().has_certificates,
        "https://pkg.go.dev/crypto/x509#SystemCertPool",
    ),
    Claim(
        "The engine's own health check reports the server as healthy, in an image without a shell.",
        lambda s: (
            not s.experiment.contents().shells and s.experiment.run(RunOptions(healthcheck=True)).verdict == "healthy"
        ),
        "https://docs.docker.com/reference/dockerfile/#healthcheck",
    ),
    Claim(
        "The labels are in the image that you ship.",
        _has_labels,
        "https://docs.docker.com/reference/dockerfile/#label",
    ),
    Claim(
        "After a source edit, no module is downloaded.",
        lambda s: s.experiment.build("source-edit").modules_downloaded == 0,
        "https://docs.docker.com/build/cache/optimize/#use-cache-mounts",
    ),
)

EXERCISES = (
    Exercise(
        "leave-out-msgpack",
        "The image is another megabyte smaller, and the server still answers when its container is locked down.",
        _is_a_megabyte_smaller,
        (
            "Gin's README has a section on build tags.",
            "The flag is -tags.",
            "The tag is nomsgpack.",
        ),
        "The tag leaves out Gin's MessagePack support and the library behind it.",
    ),
)

GUESSES = (
    Guess(
        "size",
        "How large is the finished image, in MB?",
        lambda s: round(s.experiment.image().bytes / 1_000_000, 1),
        "MB",
    ),
)

"""Section 11: the Dockerfile that its author would ship."""

from helpers.core.records import Build
from helpers.course.build_secrets import ARGUMENT, SECRET, arrived, in_history, with_token
from helpers.course.claims.shared_proofs import process
from helpers.course.exercise import Exercise, Outcome
from helpers.course.guesses import Guess
from helpers.course.subject import Subject
from helpers.course.tls_handshake import UNKNOWN, handshake_error, without_certificates
from helpers.engine.debugging import Inspected, inspected
from helpers.engine.recording import random_digits
from helpers.measure.claims import Claim
from helpers.measure.experiment import Experiment
from helpers.measure.run_options import RunOptions

NEWEST = "newest-go"
_LIMIT = 12_000_000  # bytes
_MEGABYTE = 1_000_000
_ROOT_FOLDER = {"api-golang", "etc"}


def _works_locked_down(section: Subject) -> bool:
    run = section.experiment.run(RunOptions(hardened=True, process=True))
    if run.health.status != 200 or run.process is None:
        return False
    seen = run.process
    return seen.effective_capabilities == seen.possible_capabilities == () and seen.no_new_privileges is True


def _is_numeric_and_not_root(section: Subject) -> bool:
    numbers, seen = section.experiment.image().user.split(":"), process(section.experiment)
    return len(numbers) == 2 and all(map(str.isdigit, numbers)) and 0 not in (seen.uid, seen.gid)


def _trusts_a_server(section: Subject) -> bool:
    """Whether a handshake succeeds in the image, and fails without the Dockerfile's copy of the certificates."""
    dockerfile = section.experiment.dockerfile
    removed = handshake_error(section, without_certificates(dockerfile))
    return not handshake_error(section, dockerfile) and UNKNOWN in removed


def _seen_from_beside(section: Subject) -> Inspected:
    """What a container with tools, in the namespaces of the section's server, sees of it."""
    tools = section.variant("tools", "FROM golang:1.19-bullseye\n").ready().image_id
    return inspected(section.experiment.client, section.experiment.ready().image_id, tools)


def _can_be_debugged(section: Subject) -> bool:
    seen = _seen_from_beside(section)
    return seen.shell_status != 0 and seen.process == "api-golang" and set(seen.files) >= _ROOT_FOLDER


def _only_the_argument_stays(section: Subject) -> bool:
    """Whether both builds receive the token, and only the build argument is found in the image's history."""
    token = random_digits()
    argument, secret = (with_token(section.variant(name), token) for name in (ARGUMENT, SECRET))
    received = all(arrived(each.build(), token) for each in (argument, secret))
    return received and bool(in_history(argument, token)) and not in_history(secret, token)


def _has_labels(section: Subject) -> bool:
    return {f"org.opencontainers.image.{key}" for key in ("title", "licenses", "revision")} <= set(
        section.experiment.image().labels
    )


def _is_a_megabyte_smaller(section: Subject, yours: Experiment) -> Outcome:
    saved = section.experiment.image().bytes - yours.image().bytes
    status = yours.run(RunOptions(hardened=True)).health.status
    observed = f"the image is {saved:,} bytes smaller, and the locked-down server answers with {status}"
    return Outcome(saved > _MEGABYTE and status == 200, observed, f"more than {_MEGABYTE:,} bytes smaller, and 200")


def _the_token_stays_out(section: Subject, yours: Experiment) -> Outcome:
    token = random_digits()
    built = with_token(yours, token)
    received: Build = built.build()
    there, found = arrived(received, token), bool(in_history(built, token))
    observed = f"the command {'received' if there else 'did not receive'} the token, and the image's history "
    observed += "contains it" if found else "doesn't contain it"
    return Outcome(there and not found, observed, "the command received it, and the history doesn't contain it")


def _is_found_healthy(section: Subject, yours: Experiment) -> Outcome:
    shells, verdict = len(yours.contents().shells), yours.run(RunOptions(healthcheck=True)).verdict
    observed = f"the health check says {verdict or 'nothing, because there is none'}, and shells in the image: {shells}"
    return Outcome(verdict == "healthy" and not shells, observed, "healthy, and no shell")


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
        "A TLS handshake with a local server succeeds. Without the certificates, it fails: unknown authority.",
        _trusts_a_server,
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
        "There's no shell to debug with. A container in the server's namespaces sees its process and its files.",
        _can_be_debugged,
        "https://docs.docker.com/engine/containers/run/#pid-settings---pid",
    ),
    Claim(
        "A token passed as a build argument is in the image's history. The same token passed as a secret isn't.",
        _only_the_argument_stays,
        "https://docs.docker.com/build/building/secrets/",
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
    Claim(
        "Built from the newest golang image, the server answers locked down too.",
        lambda s: s.variant(NEWEST).run(RunOptions(hardened=True)).health.status == 200,
        "https://go.dev/doc/devel/release#policy",
    ),
)

EXERCISES = (
    Exercise(
        "leave-out-msgpack",
        "The image is another megabyte smaller, and the server still answers when its container is locked down.",
        _is_a_megabyte_smaller,
        (
            "Gin's README has a section on build tags.",
            "go build takes build tags with the flag -tags.",
            "The tag is nomsgpack.",
        ),
        "The tag leaves out Gin's MessagePack support and the library behind it. This API only speaks JSON.",
    ),
    Exercise(
        "health-check-without-a-shell",
        "The engine's health check reports the server as healthy, and the image has no shell.",
        _is_found_healthy,
        (
            "Without brackets, Docker starts a shell to run the command. This image has none.",
            "The server's own binary can request /health.",
            'CMD ["/api-golang", "healthcheck"]',
        ),
        "In the exec form, Docker starts the binary itself. It needs no shell, and no curl either.",
    ),
    Exercise(
        "token-as-a-secret",
        "The command receives the token, and the image's history doesn't contain it.",
        _the_token_stays_out,
        (
            "RUN has a mount of the type secret. The ID of the secret is TOKEN.",
            "The secret is the file /run/secrets/TOKEN while the instruction runs.",
            "RUN --mount=type=secret,id=TOKEN sha256sum < /run/secrets/TOKEN",
        ),
        "The secret is mounted as a file for one instruction. It isn't in the image's history, and it's in a layer "
        "only if the command writes it to a file. An ARG is in the history of every RUN below it.",
    ),
)

GUESSES = (
    Guess(
        "size",
        "How large is the finished image, in MB?",
        lambda s: round(s.experiment.image().bytes / _MEGABYTE, 1),
        "MB",
    ),
    Guess(
        "capabilities",
        "How many capabilities does the server need?",
        lambda s: len(
            (
                s.experiment.run(RunOptions(hardened=True, process=True)).process or process(s.experiment)
            ).effective_capabilities
        ),
    ),
)

"""Section 07: the process is not root, and how a user name differs from a number."""

from helpers.core.errors import WorkbookError
from helpers.course.claims.shared_proofs import process
from helpers.course.exercise import Exercise, Outcome
from helpers.course.guesses import Guess
from helpers.course.subject import Subject
from helpers.course.user_matrix import KUBERNETES, NAME, run_as_non_root, started
from helpers.measure.claims import Claim
from helpers.measure.experiment import Experiment

_USER, _GROUP = 1001, 1001  # the IDs that `useradd -u 1001` assigns


def _is_not_root_any_more(section: Subject) -> bool:
    before, now = process(section.before), process(section.experiment)
    return before.uid == 0 and (now.uid, now.gid) == (_USER, _GROUP)


def _has_no_capabilities_any_more(section: Subject) -> bool:
    """Started as with a plain `docker run`, so that file capabilities in the image would count."""
    before, now = started(section.before).capabilities, started(section.experiment).capabilities
    return before["effective"] != () and [name for name, found in now.items() if found] == ["bounding"]


def _name_needs_a_file(section: Subject) -> bool:
    return "nonroot" in section.experiment.contents().users and "unable to find user" in _start_error(
        section.variant("name-without-passwd")
    )


def _start_error(experiment: Experiment) -> str:
    """The error with which the engine refuses to start the container; "" if it starts."""
    experiment.ready()
    try:
        experiment.run()
    except WorkbookError as error:
        return str(error)
    return ""


def _number_alone_is_in_group_0(section: Subject) -> bool:
    observed = process(section.variant("number-without-group"))
    return (observed.uid, observed.gid) == (_USER, 0)


def _kubernetes_refuses_it(section: Subject) -> bool:
    return process(section.experiment).uid != 0 and run_as_non_root(section.experiment.image().user) == NAME


def _cluster_can_verify_it(section: Subject, yours: Experiment) -> Outcome:
    """Whether user and group are numbers, none of them root's, and no user of the build stage is in the image."""
    user, users = yours.image().user, yours.contents().users
    observed = process(yours)
    parts = user.split(":")
    numbers = len(parts) == 2 and all(map(str.isdigit, parts))
    listed = f"/etc/passwd lists {len(users)} users" if users else "no /etc/passwd"
    return Outcome(
        numbers and 0 not in (observed.uid, observed.gid) and not users,
        f"USER {user or 'is missing'}, process with uid {observed.uid} and gid {observed.gid}, {listed}",
        "USER with two numbers, uid and gid above 0, no /etc/passwd",
    )


CLAIMS: tuple[Claim[Subject], ...] = (
    Claim(
        "On the host, the server of section 06 runs as root. This one runs as user 1001 and group 1001.",
        _is_not_root_any_more,
        "https://docs.docker.com/reference/dockerfile/#user",
    ),
    Claim(
        "As root, the process has capabilities. As user 1001, only its bounding set isn't empty.",
        _has_no_capabilities_any_more,
        "https://docs.docker.com/engine/security/#linux-kernel-capabilities",
    ),
    Claim(
        "A user name must be in the image's /etc/passwd. Without that file, the engine refuses to start the container.",
        _name_needs_a_file,
        "https://docs.docker.com/reference/dockerfile/#user",
    ),
    Claim(
        "A user number needs no file, but without a group the process runs in group 0, root's group.",
        _number_alone_is_in_group_0,
        "https://docs.docker.com/reference/dockerfile/#user",
    ),
    Claim(
        "The process isn't root, but USER is a name: the rules of runAsNonRoot refuse the image.",
        _kubernetes_refuses_it,
        f"https://github.com/kubernetes/kubernetes/blob/{KUBERNETES}/pkg/kubelet/kuberuntime/security_context_others.go",
    ),
)

EXERCISES = (
    Exercise(
        "numbers-for-the-cluster",
        "USER gives the user and the group as numbers, the process runs neither as root nor in root's group, "
        "and the image has no /etc/passwd.",
        _cluster_can_verify_it,
        (
            "USER takes a number instead of a name, and a group after a colon.",
            "A number isn't looked up anywhere. Which two instructions did only the name need?",
            "Write `USER 1001:1001`, and remove `COPY --from=build /etc/passwd /etc/passwd`.",
        ),
        "Numbers aren't looked up, so the image needs no /etc/passwd and the build stage no useradd. A cluster can "
        "tell from the number that the process isn't root. Without the group, it would be 0.",
    ),
)

GUESSES = (
    Guess(
        "capabilities",
        "How many capabilities does the server of section 06 have, although it needs none?",
        lambda s: len(started(s.before).capabilities["effective"]),
    ),
    Guess(
        "group",
        "USER 1001 names no group, and the image has no /etc/passwd. Which group ID will the process have?",
        lambda s: process(s.variant("number-without-group")).gid,
    ),
)

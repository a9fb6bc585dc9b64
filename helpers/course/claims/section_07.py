"""Section 07: the process is not root, and how a user name differs from a number."""

from helpers.core.errors import WorkbookError
from helpers.course.claims.shared_proofs import process
from helpers.course.exercise import Exercise, Outcome
from helpers.course.guesses import Guess
from helpers.course.subject import Subject
from helpers.measure.claims import Claim
from helpers.measure.experiment import Experiment
from helpers.measure.run_options import RunOptions

_USER, _GROUP = 1001, 1001  # the IDs that `useradd -u 1001` assigns


def _is_not_root_any_more(section: Subject) -> bool:
    before, now = process(section.before), process(section.experiment)
    return before.uid == 0 and (now.uid, now.gid) == (_USER, _GROUP)


def _has_no_capabilities_any_more(section: Subject) -> bool:
    """Run as with a plain `docker run`, so that file capabilities in the image would count."""
    now = section.experiment.run(RunOptions(new_privileges=True, process=True)).process
    before = process(section.before).effective_capabilities
    return before != () and now is not None and now.effective_capabilities == ()


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


def _cluster_can_verify_it(section: Subject, yours: Experiment) -> Outcome:
    user, observed = yours.image().user, process(yours)
    numbers = user.split(":")
    numeric = len(numbers) == 2 and all(map(str.isdigit, numbers))
    seen = f"the image says {user or 'nothing'}, and the process has uid {observed.uid} and gid {observed.gid}"
    return Outcome(numeric and 0 not in (observed.uid, observed.gid), seen, "two numbers, and neither ID is 0")


CLAIMS: tuple[Claim[Subject], ...] = (
    Claim(
        "On the host, the server of section 06 runs as root. This one runs as user 1001 and group 1001.",
        _is_not_root_any_more,
        "https://docs.docker.com/reference/dockerfile/#user",
    ),
    Claim(
        "As root, the process had capabilities that the server never used. Now it has none.",
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
        "The image gives its user as a name, so an orchestrator that needs a number can't tell that it isn't root.",
        lambda s: s.experiment.image().user == "nonroot",
        "https://kubernetes.io/docs/tasks/configure-pod-container/security-context/",
    ),
)

EXERCISES = (
    Exercise(
        "numbers-for-the-cluster",
        "The image gives its user and group as numbers, and the process runs neither as root nor in root's group.",
        _cluster_can_verify_it,
        (
            "USER takes a number instead of a name.",
            "A group follows the user after a colon.",
        ),
        "Numbers need no /etc/passwd, and an orchestrator can tell from them that the process isn't "
        "root. Without the group, it would be 0.",
    ),
)

GUESSES = (
    Guess(
        "uid",
        "As which uid does the host see the server of section 06?",
        lambda s: process(s.before).uid,
    ),
)

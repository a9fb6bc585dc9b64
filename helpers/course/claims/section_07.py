"""Section 07: the process is not root, and why a name is not a number."""

from helpers.course.claims.facts import process
from helpers.course.exercise import Exercise
from helpers.course.subject import Subject
from helpers.experiment.claims import Claim
from helpers.experiment.experiment import Experiment
from helpers.records.errors import WorkbookError

_USER, _GROUP = 1001, 1001  # as `useradd -u 1001` gives them


def _is_someone_else_now(section: Subject) -> bool:
    before, now = process(section.before), process(section)
    return before.uid == 0 and (now.uid, now.gid) == (_USER, _GROUP)


def _holds_nothing_any_more(section: Subject) -> bool:
    """As after a plain `docker run`: capabilities that the image's own file brings along would count."""
    now = section.run(process=True, new_privileges=True).process
    before = process(section.before).effective_capabilities
    return before != () and now is not None and now.effective_capabilities == ()


def _name_needs_a_file(section: Subject) -> bool:
    return "nonroot" in section.contents.users and "unable to find user" in _refusal(
        section.variant("name-without-passwd")
    )


def _refusal(experiment: Experiment) -> str:
    """What the engine says instead of starting a container; "" where it starts one."""
    experiment.ready()
    try:
        experiment.run()
    except WorkbookError as refused:
        return str(refused)
    return ""


def _number_alone_is_in_group_0(section: Subject) -> bool:
    seen = process(section.variant("number-without-group"))
    return (seen.uid, seen.gid) == (_USER, 0)


def _cluster_can_see_it(section: Subject, yours: Experiment) -> bool:
    numbers, seen = yours.image.user.split(":"), process(yours)
    return len(numbers) == 2 and all(map(str.isdigit, numbers)) and 0 not in (seen.uid, seen.gid)


CLAIMS: tuple[Claim[Subject], ...] = (
    Claim(
        "As the host sees it, the server of section 06 is root, and this one is user and group 1001.",
        _is_someone_else_now,
        "https://docs.docker.com/reference/dockerfile/#user",
    ),
    Claim(
        "The engine gave root capabilities that the server never used; now the process has none.",
        _holds_nothing_any_more,
        "https://docs.docker.com/engine/security/#linux-kernel-capabilities",
    ),
    Claim(
        "A name needs the image's /etc/passwd. Without the file the engine refuses to start the container.",
        _name_needs_a_file,
        "https://docs.docker.com/reference/dockerfile/#user",
    ),
    Claim(
        "A number needs no file, and without a group it runs in group 0, root's.",
        _number_alone_is_in_group_0,
        "https://docs.docker.com/reference/dockerfile/#user",
    ),
    Claim(
        "All that the image says of its user is a name: who insists on a number cannot tell that it is not root.",
        lambda s: s.image.user == "nonroot",
        "https://kubernetes.io/docs/tasks/configure-pod-container/security-context/",
    ),
)

EXERCISE = Exercise(
    "The image names its user and its group by number, and the process is in neither root's account nor its group.",
    _cluster_can_see_it,
)

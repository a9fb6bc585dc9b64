"""Section 07's tables: each way to write USER, the user that it becomes, and whether Kubernetes admits it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from helpers.charts.chart import Table
from helpers.core.errors import ContainerError
from helpers.core.records import Progress
from helpers.course.section import Section
from helpers.course.subject import Subject
from helpers.engine import run_as
from helpers.engine.build_progress import Listener, silent
from helpers.measure.experiment import Experiment

USERS = ("", "nonroot", "1001", "1001:1001")  # as in USER; "" is no USER at all
REFUSED = "doesn't start: unknown user"
ROOT, NAME, INVALID, ADMITTED = "no: root", "no: a name can't be verified", "no: invalid user ID", "yes"
KUBERNETES = "v1.34.1"  # whose rules run_as_non_root follows
_UNKNOWN = re.compile(r"unable to find (?:user|group)", re.IGNORECASE)
_USER = re.compile(r"^USER .*\n", re.MULTILINE)
_PASSWD = re.compile(r"^COPY .*/etc/passwd.*\n", re.MULTILINE)
_NOT_RUN = f"runAsNonRoot: not run here, but derived from the source code of Kubernetes {KUBERNETES}"


@dataclass(frozen=True)
class Row:
    """One way to write USER, and what the engine made of it: "uid 1001, gid 0", or REFUSED."""

    user: str
    with_passwd: str
    without_passwd: str

    @property
    def verdict(self) -> str:
        """What `runAsNonRoot: true` of Kubernetes makes of it."""
        return run_as_non_root(self.user)


def run_as_non_root(user: str) -> str:
    """Whether a kubelet with `runAsNonRoot: true` starts an image with this USER: ADMITTED, or the reason why not.

    Only the part before the colon counts. The rules are those of the kubelet's verifyRunAsNonRoot and getImageUser
    (pkg/kubelet/kuberuntime), and of getUserFromImage in containerd.
    """
    name = user.partition(":")[0]
    if not re.fullmatch(r"[+-]?[0-9]+|", name):
        return NAME
    number = int(name or 0)
    if number == 0:
        return ROOT
    return ADMITTED if 0 < number < 2**31 else INVALID


def with_user(dockerfile: str, user: str, *, passwd: bool) -> str:
    """The Dockerfile with another USER, with or without its COPY of /etc/passwd."""
    text = _USER.sub("", dockerfile)
    text = text if passwd else _PASSWD.sub("", text)
    return text + (f"USER {user}\n" if user else "")


def rows(subject: Subject, listener: Listener = silent) -> Iterator[Row]:
    """Builds and starts each image, then yields its row. Most instructions come from the cache."""
    for done, user in enumerate(USERS):
        listener(Progress(_written(user), done, len(USERS)))
        yield Row(user, _observed(subject, user, passwd=True), _observed(subject, user, passwd=False))


def matrix(section: Section) -> Table:
    """Builds and starts an image for each way to write USER, with and without /etc/passwd, and lists their users."""
    with section.reporter.progress(f"{section.experiment.name}: users") as bar:
        found = list(rows(section.subject, bar))
    cells = [[_written(row.user), row.with_passwd, row.without_passwd, row.verdict] for row in found]
    headers = ["in the Dockerfile", "with /etc/passwd", "without /etc/passwd", "runAsNonRoot"]
    return Table(headers, cells, [_NOT_RUN], numbers=False)


def capabilities(section: Section) -> Table:
    """The number of capabilities in each set of the process, in the section before and in this one."""
    experiments = (section.subject.before, section.experiment)
    sets = [started(each).capabilities for each in experiments]
    cells = [[name, *(f"{len(found[name])}" for found in sets)] for name in sets[0]]
    return Table(["capability set", *(each.name for each in experiments)], cells)


def started(experiment: Experiment) -> run_as.Started:
    """A container of the experiment's image, right after its start.

    Raises ContainerError if it can't start.
    """
    return run_as.start(experiment.client, experiment.ready().image_id)


def _observed(subject: Subject, user: str, *, passwd: bool) -> str:
    name = f"user-{user.replace(':', '-') or 'none'}-{'with' if passwd else 'without'}-passwd"
    text = with_user(subject.experiment.dockerfile, user, passwd=passwd)
    try:
        process = started(subject.experiment.altered(name, text)).process
    except ContainerError as error:
        if not _UNKNOWN.search(error.message):
            raise
        return REFUSED
    return f"uid {process.uid}, gid {process.gid}"


def _written(user: str) -> str:
    return f"USER {user}" if user else "no USER"

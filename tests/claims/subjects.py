"""The sections as committed, measured once for all tests, and the same sections with one Dockerfile made worse."""

import copy
import re
from contextlib import suppress

import docker
from docker.errors import ImageNotFound

from helpers.core.names import PREFIX
from helpers.core.paths import PROJECT
from helpers.course.sections import NAME, find
from helpers.course.subject import Subject
from helpers.measure.experiment import Experiment
from helpers.measure.project import Project
from tests.claims.mutation import Mutation

_OWN_PROJECT = PROJECT / "notebooks" / "own-project"  # what section 12 measures by default
_TAG = "mutated"


class Subjects:
    """Every section as committed. The sections share their neighbours, so none is measured twice."""

    def __init__(self, client: docker.DockerClient) -> None:
        self.client = client
        self._measured: dict[str, Experiment] = {}

    def of(self, section: str) -> Subject:
        """The section with its own Dockerfile; section 12 with the sample project's."""
        name = find(section).name
        if name not in self._measured:
            self._measured[name] = self._open(section)
        subject = self._measured[name]
        assert isinstance(subject, Subject)
        return subject

    def _open(self, section: str) -> Subject:
        if section == "12":
            text = (_OWN_PROJECT / "Dockerfile").read_text(encoding="utf-8")
            return Subject(self.client, find(section), text, project=Project(_OWN_PROJECT))
        subject = Subject(self.client, find(section))
        subject._others = self._measured
        return subject

    def mutated(self, mutation: Mutation) -> tuple[Subject, Experiment]:
        """The section with the mutation in it, and the experiment whose Dockerfile it changed."""
        original = self.of(mutation.section)
        if mutation.where == "":
            subject = self._changed(original, mutation)
            return subject, subject
        subject = copy.copy(original)
        if re.fullmatch(NAME, mutation.where):
            changed: Experiment = self._changed(self.of(mutation.where[:2]), mutation)
            subject._others = original._others | {changed.name: changed}
        else:
            subject.variants = {}
            text = mutation.change(original.variant(mutation.where).dockerfile)
            changed = subject.variant(mutation.where, text)
        return subject, changed

    def _changed(self, original: Subject, mutation: Mutation) -> Subject:
        changed = Subject(
            self.client,
            original.files,
            mutation.change(original.dockerfile),
            project=original.project,
            tag=f"{PREFIX}/{original.files.name}:{_TAG}",
        )
        changed._others = original._others
        return changed

    def remove(self, experiment: Experiment) -> None:
        """Remove the image of an experiment."""
        with suppress(ImageNotFound):
            self.client.images.remove(experiment.tag, force=True)

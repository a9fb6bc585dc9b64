"""The sections as committed, measured once for all tests, and the same sections with one Dockerfile made worse."""

import re
from contextlib import suppress
from dataclasses import replace

import docker
from docker.errors import ImageNotFound

from helpers.core.paths import PROJECT
from helpers.course.clinic import case_named, experiment_of
from helpers.course.sections import NAME, find
from helpers.course.subject import Subject, subject_of, tag_of
from helpers.measure.experiment import Experiment
from helpers.measure.project import Project
from tests.claims.mutation import Mutation

_OWN_PROJECT = PROJECT / "notebooks" / "own-project"  # what section 12 measures by default
_TAG = "mutated"


class _WithMutatedVariant(Subject):
    """A section whose variants keep their text, whatever text a claim gives them."""

    def variant(self, name: str, dockerfile: str | None = None, *, ignore: bool = True) -> Experiment:
        return self.variants.get(name) or super().variant(name, dockerfile, ignore=ignore)


class Subjects:
    """Every section as committed. The sections share their neighbours, so none is measured twice."""

    def __init__(self, client: docker.DockerClient) -> None:
        self.client = client
        self._subjects: dict[str, Subject] = {}
        self._experiments: dict[str, Experiment] = {}

    def of(self, section: str) -> Subject:
        """The section with its own Dockerfile; section 12 with the sample project's."""
        name = find(section).name
        if name not in self._subjects:
            self._subjects[name] = self._open(section)
        return self._subjects[name]

    def _open(self, section: str) -> Subject:
        files = find(section)
        if section == "12":
            text = (_OWN_PROJECT / "Dockerfile.fixed").read_text(encoding="utf-8")
            project = Project(_OWN_PROJECT, environment={"COIN_FACES": "heads,tails"})
            return Subject(files, Experiment(self.client, files.name, text, project, tag=tag_of(files)))
        opened = subject_of(self.client, files)
        known = self._experiments.setdefault(files.name, opened.experiment)
        return Subject(files, known, others=self._experiments)

    def mutated(self, mutation: Mutation) -> tuple[Subject, Experiment]:
        """The section with the mutation in it, and the experiment whose Dockerfile it changed."""
        original = self.of(mutation.section)
        if mutation.section == "13":
            changed = self._changed(self._case(mutation.where), mutation)
            return replace(original, variants={mutation.where: changed}), changed
        if mutation.where == "":
            changed = self._changed(original.experiment, mutation)
            return Subject(original.files, changed, others=original.others), changed
        if re.fullmatch(NAME, mutation.where):
            changed = self._changed(self.of(mutation.where[:2]).experiment, mutation)
            return replace(original, others=original.others | {changed.name: changed}), changed
        subject = _WithMutatedVariant(original.files, original.experiment, others=original.others)
        text = mutation.change(original.variant(mutation.where).dockerfile)
        return subject, subject.variant(mutation.where, text)

    def _case(self, name: str) -> Experiment:
        """The experiment of a case of the error clinic, or of its solution: "loopback.solution"."""
        case = case_named(name.removesuffix(".solution"))
        return experiment_of(self.client, case, str(case.solution) if name.endswith(".solution") else None)

    def _changed(self, original: Experiment, mutation: Mutation) -> Experiment:
        return Experiment(
            self.client,
            original.name,
            mutation.change(original.dockerfile),
            original.project,
            tag=f"{original.tag.partition(':')[0]}:{_TAG}",
            file=original.file,
            dockerignore=original.dockerignore,
        )

    def remove(self, experiment: Experiment) -> None:
        """Remove the image of an experiment."""
        with suppress(ImageNotFound):
            self.client.images.remove(experiment.tag, force=True)

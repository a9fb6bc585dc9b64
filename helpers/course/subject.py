"""A section as its claims see it: its experiment, its variants and other sections, measured when first asked for."""

from dataclasses import dataclass, field
from pathlib import Path

import docker

from helpers.core.errors import WorkbookError
from helpers.core.names import PREFIX
from helpers.core.paths import PROJECT
from helpers.course.sections import SectionFiles, committed_or_none, discover, find
from helpers.measure.experiment import Experiment, text_of
from helpers.measure.project import Project
from helpers.measure.shared_facts import NOTHING_SHARED, Sharing, of_this_run

# slow_path: 0.5 s is long enough to be in flight on SIGTERM and short enough to finish within a second after it.
# patience: 5 minutes, because `go run` compiles at every start, which is slow on a busy machine.
SAMPLE = Project(PROJECT / "sample_api_golang", slow_path="/slow?seconds=0.5", patience=300.0)


@dataclass
class Subject:
    """A section's experiment, with those of its variants and of other sections, each by its name."""

    files: SectionFiles
    experiment: Experiment
    variants: dict[str, Experiment] = field(default_factory=dict)
    others: dict[str, Experiment] = field(default_factory=dict)
    sharing: Sharing = NOTHING_SHARED

    @property
    def before(self) -> Experiment:
        """The last section before this one that has a Dockerfile.

        Raises WorkbookError if there is none.
        """
        neighbours = (files.in_folder(self.files.folder) for files in discover())
        earlier = [files for files in neighbours if files.name < self.files.name and files.has_dockerfile]
        if not earlier:
            raise WorkbookError(f"No section before {self.files.name} has a Dockerfile.")
        return self.other(earlier[-1].name)

    def other(self, name: str) -> Experiment:
        """Another section with its own Dockerfile.

        Raises UnknownSection.
        """
        files = find(name).in_folder(self.files.folder)
        if files.name not in self.others:
            self.others[files.name] = experiment_of(self.experiment.client, files, self.sharing)
        return self.others[files.name]

    def variant(self, name: str, dockerfile: str | None = None, *, ignore: bool = True) -> Experiment:
        """A variant of this section's Dockerfile: the given text, or dockerfiles/<section>.<name>.Dockerfile.

        If there is a folder dockerfiles/<section>.<name>, it is built in that folder instead of the sample project.
        `ignore=False` builds it without the .dockerignore. Another text than before replaces the variant.
        """
        known = self.variants.get(name)
        if known is None or dockerfile not in (None, known.dockerfile):
            self.variants[name] = self._variant(name, dockerfile, ignore)
        return self.variants[name]

    def _variant(self, name: str, dockerfile: str | None, ignore: bool) -> Experiment:
        path = self.files.dockerfile.with_name(f"{self.files.name}.{name}.Dockerfile")
        folder = path.with_suffix("")
        project = Project(folder) if folder.is_dir() else None
        if dockerfile is not None or not path.is_file():
            text = dockerfile or self.experiment.dockerfile
            return self.experiment.altered(name, text, project=project, ignore=ignore)
        shown = _shown(path)
        return self.experiment.altered(name, text_of(path), file=shown, path=path, project=project, ignore=ignore)

    @property
    def forms(self) -> dict[str, Experiment]:
        """The variants that are other forms of the section's image: they build the same project.

        A variant with a folder of its own builds another program, so its measurements can't be compared.
        """
        project = self.experiment.project.folder
        return {name: variant for name, variant in self.variants.items() if variant.project.folder == project}

    def reload(self) -> bool:
        """Reads the section's Dockerfile again. If it has changed, forgets its facts and variants, and returns True."""
        changed = self.experiment.reload()
        if changed:
            self.variants = {}
        return changed


def subject_of(client: docker.DockerClient, files: SectionFiles) -> Subject:
    """A section of the course, built in the sample project."""
    sharing = of_this_run(files.name)
    return Subject(files, experiment_of(client, files, sharing), sharing=sharing)


def experiment_of(client: docker.DockerClient, files: SectionFiles, sharing: Sharing = NOTHING_SHARED) -> Experiment:
    """The experiment of a section's own Dockerfile, built in the sample project.

    It shares measurements unless the Dockerfile was edited.
    """
    path, text = files.dockerfile, text_of(files.dockerfile)
    if sharing is not NOTHING_SHARED and _was_edited(files, text):
        sharing = NOTHING_SHARED
    return Experiment(
        client, files.name, text, SAMPLE, tag=tag_of(files), file=_shown(path), path=path, sharing=sharing
    )


def _was_edited(files: SectionFiles, text: str) -> bool:
    """Whether the text isn't the course's own. Without Git, nobody can tell: it counts as the course's."""
    return committed_or_none(files.in_folder(PROJECT).dockerfile) not in (None, text)


def tag_of(files: SectionFiles) -> str:
    """The tag of the section's image."""
    return f"{PREFIX}/{files.name}"


def _shown(path: Path) -> str:
    """A Dockerfile's path relative to the project; if it is outside, its folder's name and its own."""
    return path.relative_to(PROJECT).as_posix() if path.is_relative_to(PROJECT) else f"{path.parent.name}/{path.name}"

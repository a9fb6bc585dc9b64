"""A section under experiment: the facts that its claims may ask for, each measured silently when first asked for."""

from pathlib import Path

import docker

from helpers.course.sections import PROJECT, SectionFiles, discover, find
from helpers.engine.names import PREFIX
from helpers.experiment.experiment import Experiment
from helpers.experiment.project import Project
from helpers.records.errors import WorkbookError

# Half a second: long enough to be in flight when SIGTERM comes, short enough to be finished within a second of it.
# Five minutes: `go run` compiles at every start, and on a busy machine that takes its time.
SAMPLE = Project(PROJECT / "sample_api_golang", slow_path="/slow?seconds=0.5", patience=300.0)


class Subject(Experiment):
    """The section's Dockerfile, or `dockerfile` in its place, with its neighbours and its variants beside it."""

    def __init__(
        self,
        client: docker.DockerClient,
        files: SectionFiles,
        dockerfile: str | None = None,
        *,
        project: Project = SAMPLE,
        tag: str | None = None,
        file: str | None = None,
        dockerignore: str | None = None,
    ) -> None:
        self.files = files
        self.variants: dict[str, Experiment] = {}
        self._others: dict[str, Experiment] = {}
        super().__init__(
            client,
            files.name,
            _text(files) if dockerfile is None else dockerfile,
            project,
            tag=tag or f"{PREFIX}/{files.name}",
            file=file or _shown(files.dockerfile),
            dockerignore=dockerignore,
        )

    def renewed(self, dockerfile: str) -> "Subject":
        """The same section with another Dockerfile, nothing measured yet."""
        return Subject(
            self.client,
            self.files,
            dockerfile,
            project=self.project,
            tag=self.tag,
            file=self.file,
            dockerignore=self.dockerignore,
        )

    @property
    def before(self) -> Experiment:
        """The nearest section before this one that has a Dockerfile.

        Raises WorkbookError for the first.
        """
        neighbours = (files.in_folder(self.files.folder) for files in discover())
        earlier = [files for files in neighbours if files.name < self.name and files.has_dockerfile]
        if not earlier:
            raise WorkbookError(f"{self.name} is the first section with a Dockerfile: there is none before it.")
        return self.other(earlier[-1].name)

    def other(self, name: str) -> Experiment:
        """Another section, from its own Dockerfile.

        Raises UnknownSection.
        """
        files = find(name).in_folder(self.files.folder)
        if files.name not in self._others:
            self._others[files.name] = Subject(self.client, files)
        return self._others[files.name]

    def variant(self, name: str, dockerfile: str | None = None, *, ignore: bool = True) -> Experiment:
        """Another form of this section's Dockerfile: the text given, else dockerfiles/<section>.<name>.Dockerfile.

        `ignore=False` builds it as if there were no `.dockerignore`.
        """
        if name not in self.variants:
            path = self.files.dockerfile.with_name(f"{self.files.name}.{name}.Dockerfile")
            text = dockerfile or (path.read_text(encoding="utf-8") if path.is_file() else self.dockerfile)
            file = _shown(path) if path.is_file() and dockerfile is None else self.file
            self.variants[name] = self.altered(name, text, file=file, ignore=ignore)
        return self.variants[name]


def _text(files: SectionFiles) -> str:
    return files.dockerfile.read_text(encoding="utf-8") if files.has_dockerfile else ""


def _shown(path: Path) -> str:
    """A Dockerfile's path as `docker build -f` takes it in the project's folder; of another folder only the end."""
    return path.relative_to(PROJECT).as_posix() if path.is_relative_to(PROJECT) else f"{path.parent.name}/{path.name}"

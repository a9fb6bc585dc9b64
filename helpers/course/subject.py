"""The experiment of a section: its facts, which claims read, are measured silently on first access."""

from pathlib import Path

import docker

from helpers.core.errors import WorkbookError
from helpers.core.names import PREFIX
from helpers.core.paths import PROJECT
from helpers.course.sections import SectionFiles, discover, find
from helpers.measure.experiment import Experiment
from helpers.measure.project import Project

# slow_path: 0.5 s is long enough to be in flight on SIGTERM and short enough to finish within a second after it.
# patience: 5 minutes, because `go run` compiles at every start, which is slow on a busy machine.
SAMPLE = Project(PROJECT / "sample_api_golang", slow_path="/slow?seconds=0.5", patience=300.0)


class Subject(Experiment):
    """The experiment of a section's Dockerfile, or of `dockerfile`, with its variants and the other sections."""

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
        """The same section with another Dockerfile and no measurements."""
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
        """The last section before this one that has a Dockerfile.

        Raises WorkbookError if there is none.
        """
        neighbours = (files.in_folder(self.files.folder) for files in discover())
        earlier = [files for files in neighbours if files.name < self.name and files.has_dockerfile]
        if not earlier:
            raise WorkbookError(f"No section before {self.name} has a Dockerfile.")
        return self.other(earlier[-1].name)

    def other(self, name: str) -> Experiment:
        """Another section with its own Dockerfile.

        Raises UnknownSection.
        """
        files = find(name).in_folder(self.files.folder)
        if files.name not in self._others:
            self._others[files.name] = Subject(self.client, files)
        return self._others[files.name]

    def variant(self, name: str, dockerfile: str | None = None, *, ignore: bool = True) -> Experiment:
        """A variant of this section's Dockerfile: the given text, or dockerfiles/<section>.<name>.Dockerfile.

        `ignore=False` builds it without the .dockerignore.
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
    """A Dockerfile's path relative to the project; if it is outside, its folder's name and its own."""
    return path.relative_to(PROJECT).as_posix() if path.is_relative_to(PROJECT) else f"{path.parent.name}/{path.name}"

"""Section 04: the order of instructions decides what an edit costs."""

from pathlib import Path

from docker.utils import exclude_paths

from helpers.course.claims.shared_proofs import executed
from helpers.course.exercise import Exercise, Outcome
from helpers.course.guesses import Guess
from helpers.course.subject import Subject
from helpers.measure.claims import Claim
from helpers.measure.experiment import Experiment

BINARY = "api-golang"


def _download_is_cached_now(section: Subject) -> bool:
    before, now = section.before.build("source-edit"), section.experiment.build("source-edit")
    return before.ran("go mod download") and not now.ran("go mod download")


def _same_size(section: Subject) -> bool:
    return abs(section.experiment.image().bytes - section.before.image().bytes) < 0.01 * section.before.image().bytes


def _only_ignored_files_are_missing(section: Subject) -> bool:
    """Whether COPY copies more without .dockerignore, and exactly the files of the project that it lists."""
    return set() != _added_without_dockerignore(section) == _ignored(section.experiment.project.folder)


def _added_without_dockerignore(section: Subject) -> set[str]:
    without = section.variant("without-dockerignore", section.experiment.dockerfile, ignore=False)
    return _files(without) - _files(section.experiment)


def _ignored(folder: Path) -> set[str]:
    """The project's files that its .dockerignore lists, as find names them; not the binary, which the build writes.

    The SDK reads the patterns. It counts .dockerignore as part of the context, and a build without that file lacks it.
    """
    patterns = (folder / ".dockerignore").read_text(encoding="utf-8").splitlines()
    listed = exclude_paths(str(folder), [line for line in patterns if line and not line.startswith("#")])
    everything = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    return {f"./{name}" for name in everything - {Path(name).as_posix() for name in listed} - {BINARY}}


def _files(experiment: Experiment) -> set[str]:
    return set(experiment.output_once("find", ".", "-type", "f").splitlines())


def _dependencies_are_already_compiled(section: Subject, yours: Experiment) -> Outcome:
    """Whether compiling after a source edit takes less than half of what it takes in the section itself."""
    original, seconds = _compile_seconds(section.experiment), _compile_seconds(yours)
    observed = f"after an edit, go build took {seconds:.1f} s"
    return Outcome(seconds < original / 2, observed, f"less than {original / 2:.1f} s, half of the section's time")


def _compile_seconds(experiment: Experiment) -> float:
    """Raises LookupError if go build has no time in the build after a source edit."""
    seconds = experiment.build("source-edit").find("go build -o").seconds
    if seconds is None:
        raise LookupError("go build -o has no time in this build.")
    return seconds


CLAIMS: tuple[Claim[Subject], ...] = (
    Claim(
        "After a source edit, go mod download comes from the cache. In section 03, it ran again.",
        _download_is_cached_now,
        "https://docs.docker.com/build/cache/optimize/#order-your-layers",
    ),
    Claim(
        "The image is the same size as in section 03, give or take one percent.",
        _same_size,
        "https://docs.docker.com/build/cache/",
    ),
    Claim(
        "The image contains no file that .dockerignore lists. Without it, COPY adds exactly those files.",
        _only_ignored_files_are_missing,
        "https://docs.docker.com/build/concepts/context/#dockerignore-files",
    ),
)

EXERCISES = (
    Exercise(
        "compile-dependencies-first",
        "After a source edit, compiling takes less than half as long, because the dependencies are already compiled.",
        _dependencies_are_already_compiled,
        (
            "Go keeps compiled packages in its cache, and a layer keeps that cache.",
            "The source isn't needed to compile a module: go build takes a package's name.",
            "Above COPY . ., compile github.com/gin-gonic/gin and github.com/jackc/pgx/v5/pgxpool.",
        ),
        "The new RUN depends only on go.mod and go.sum, so it stays in the cache after an edit, "
        "together with the packages that it compiled. go build -o finds them there and compiles "
        "only your own code.",
    ),
)

GUESSES = (
    Guess(
        "added",
        "Without .dockerignore, how many more files are in the image?",
        lambda s: len(_added_without_dockerignore(s)),
    ),
    Guess(
        "ran",
        "After a source edit, how many RUN and COPY instructions run in this section?",
        lambda s: len(executed(s.experiment.build("source-edit"))),
    ),
)

"""Section 08: an image that describes itself, where that is lost, and what EXPOSE does not do."""

from dataclasses import replace

from helpers.course.claims.shared_proofs import executed
from helpers.course.exercise import Exercise, Outcome
from helpers.course.guesses import Guess
from helpers.course.metadata_routes import COMMIT, COPY_FROM, EXPORT, FROM_STAGE, SAVE, VARIANT, measure
from helpers.course.subject import Subject
from helpers.engine.recording import random_digits
from helpers.measure.claims import Claim
from helpers.measure.experiment import Experiment
from helpers.measure.run_options import RunOptions

_KEYS = "org.opencontainers.image."
_SOURCE, _REVISION = _KEYS + "source", _KEYS + "revision"
_OTHER_PORT = 9090  # no EXPOSE in the course names it


def _describes_itself(section: Subject) -> bool:
    expected = {_KEYS + key for key in ("title", "description", "licenses", "revision")}
    return expected <= set(section.experiment.image().labels)


def _is_lost_in_the_build_stage(section: Subject) -> bool:
    unlabelled = section.variant("label-in-build-stage").image()
    return not unlabelled.labels and not unlabelled.exposed_ports


def _some_routes_keep_it(section: Subject) -> bool:
    kept = measure(section.variant(VARIANT))
    return all(all(kept[route].values()) for route in (FROM_STAGE, COMMIT, SAVE)) and not any(
        any(kept[route].values()) for route in (COPY_FROM, EXPORT)
    )


def _routes_that_keep_labels(section: Subject) -> int:
    return sum(kept["LABEL"] for kept in measure(section.variant(VARIANT)).values())


def _expose_publishes_nothing(section: Subject) -> bool:
    moved = section.experiment.run(RunOptions(port=_OTHER_PORT, environment={"PORT": str(_OTHER_PORT)}))
    return section.experiment.image().exposed_ports == ("8080/tcp",) and moved.health.status == 200


def _rerun_for_a_new_revision(section: Subject) -> int:
    """How many RUN and COPY instructions ran for a commit that was never built before."""
    section.experiment.ready()
    text = section.experiment.dockerfile.replace("REVISION=unknown", f"REVISION={_commit()}")
    return len(executed(section.variant("new-revision", text).ready()))


def _commit() -> str:
    """A new value: one that an earlier check used would be cached. A longer one would be masked like a secret."""
    return random_digits(7)


def _adds_its_source_without_a_rebuild(section: Subject, yours: Experiment) -> Outcome:
    section.experiment.ready()
    ran = len(executed(yours.ready()))
    source = yours.image().labels.get(_SOURCE, "")
    return Outcome(
        ran == 0 and source.startswith("https://"),
        f"{_SOURCE} is {source or 'missing'}, and {ran} RUN and COPY instructions ran",
        "an address with https://, and 0 instructions",
    )


def _passes_the_revision_without_a_rebuild(section: Subject, yours: Experiment) -> Outcome:
    """Builds two commits in a row, as `docker build --build-arg REVISION=…` does."""
    _at_commit(yours, _commit()).ready()
    commit = _commit()
    build = _at_commit(yours, commit).ready()
    ran = len(executed(build))
    revision = yours.client.images.get(build.image_id).labels.get(_REVISION, "")
    shown = "the commit" if revision == commit else revision or "empty"
    return Outcome(
        ran == 0 and revision == commit,
        f"for the next commit, {ran} RUN and COPY instructions ran, and {_REVISION} is {shown}",
        "0 instructions, and the commit",
    )


def _at_commit(yours: Experiment, commit: str) -> Experiment:
    project = replace(yours.project, build_args={"REVISION": commit})
    return Experiment(
        yours.client, yours.name, yours.dockerfile, project, tag=yours.tag, file=yours.file, listener=yours.listener
    )


CLAIMS: tuple[Claim[Subject], ...] = (
    Claim(
        "The image has labels for title, description, license and revision, under the keys that the OCI defines.",
        _describes_itself,
        "https://github.com/opencontainers/image-spec/blob/main/annotations.md",
    ),
    Claim(
        "Set in the build stage, the same labels and the same EXPOSE don't reach the image.",
        _is_lost_in_the_build_stage,
        "https://docs.docker.com/build/building/multi-stage/",
    ),
    Claim(
        "FROM a stage, docker commit and docker save keep the metadata; COPY --from and docker export lose it.",
        _some_routes_keep_it,
        "https://docs.docker.com/reference/cli/docker/container/export/",
    ),
    Claim(
        "EXPOSE 8080 is documentation. The server also answers on a published port that no EXPOSE names.",
        _expose_publishes_nothing,
        "https://docs.docker.com/reference/dockerfile/#expose",
    ),
    Claim(
        "For a new revision, nothing is copied or compiled again.",
        lambda s: _rerun_for_a_new_revision(s) == 0,
        "https://docs.docker.com/build/cache/invalidation/",
    ),
)

EXERCISES = (
    Exercise(
        "source-label",
        "The image has a source label with an https address, and no instruction ran again to add it.",
        _adds_its_source_without_a_rebuild,
        (
            "The key is in the OCI's list of annotations: it ends in .source.",
            "Only a label after the last FROM is in the image.",
            "Add a line at the end: `LABEL org.opencontainers.image.source=https://…`",
        ),
        "A label is configuration: it creates no layer, and no RUN or COPY depends on it. So nothing runs again.",
    ),
    Exercise(
        "next-commit",
        "For the next commit, no RUN or COPY instruction runs again, and the revision label names the commit.",
        _passes_the_revision_without_a_rebuild,
        (
            "An ARG is part of the environment of each RUN after it in its stage.",
            "An ARG is known only in its own stage. Which stage has the LABEL that uses it?",
            "Remove `ARG REVISION=unknown` from the build stage. The ARG in the last stage is enough.",
        ),
        "In the build stage, each new value changed the environment of all RUN instructions, so none came from the "
        "cache. The last stage has no RUN: there, the new value changes only a label.",
    ),
)

GUESSES = (
    Guess(
        "routes",
        "Five routes lead from this image to another one. How many of them keep the labels?",
        _routes_that_keep_labels,
    ),
    Guess(
        "instructions",
        "The next commit has another revision. How many RUN and COPY instructions will run again?",
        _rerun_for_a_new_revision,
    ),
)

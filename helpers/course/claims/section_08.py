"""Section 08: an image that describes itself, and what EXPOSE does not do."""

import uuid

from helpers.course.claims.shared_proofs import executed
from helpers.course.exercise import Exercise, Outcome
from helpers.course.guesses import Guess
from helpers.course.subject import Subject
from helpers.measure.claims import Claim
from helpers.measure.experiment import Experiment
from helpers.measure.run_options import RunOptions

_KEYS = "org.opencontainers.image."
_OTHER_PORT = 9090  # no EXPOSE in the course names it


def _describes_itself(section: Subject) -> bool:
    expected = {_KEYS + key for key in ("title", "description", "licenses", "revision")}
    return expected <= set(section.experiment.image().labels)


def _is_lost_in_the_build_stage(section: Subject) -> bool:
    unlabelled = section.variant("label-in-build-stage").image()
    return not unlabelled.labels and not unlabelled.exposed_ports


def _expose_publishes_nothing(section: Subject) -> bool:
    moved = section.experiment.run(RunOptions(port=_OTHER_PORT, environment={"PORT": str(_OTHER_PORT)}))
    return section.experiment.image().exposed_ports == ("8080/tcp",) and moved.health.status == 200


def _ran_for_new_revision(section: Subject) -> list[str]:
    section.experiment.ready()
    commit = uuid.uuid4().hex  # a new value: one that an earlier check used would be cached
    text = section.experiment.dockerfile.replace("REVISION=unknown", f"REVISION={commit}")
    return executed(section.variant("new-revision", text).ready())


def _new_revision_runs_nothing(section: Subject) -> bool:
    return _ran_for_new_revision(section) == []


def _adds_its_source_without_a_rebuild(section: Subject, yours: Experiment) -> Outcome:
    section.experiment.ready()
    ran = executed(yours.ready())
    source = yours.image().labels.get(_KEYS + "source", "")
    observed = f"the source label is {source or 'missing'}, and {len(ran)} instructions ran"
    return Outcome(not ran and source.startswith("https://"), observed, "an https address, and no instruction ran")


CLAIMS: tuple[Claim[Subject], ...] = (
    Claim(
        "The image has labels for title, description, licence and revision, under the keys that the OCI defines.",
        _describes_itself,
        "https://github.com/opencontainers/image-spec/blob/main/annotations.md",
    ),
    Claim(
        "Set in the build stage, the same labels and the same EXPOSE don't reach the image.",
        _is_lost_in_the_build_stage,
        "https://docs.docker.com/build/building/multi-stage/",
    ),
    Claim(
        "EXPOSE 8080 is documentation. The server also answers on a published port that no EXPOSE names.",
        _expose_publishes_nothing,
        "https://docs.docker.com/reference/dockerfile/#expose",
    ),
    Claim(
        "For a new revision, nothing is copied or compiled again.",
        _new_revision_runs_nothing,
        "https://docs.docker.com/build/cache/invalidation/",
    ),
)

EXERCISES = (
    Exercise(
        "source-label",
        "The image has a source label with an https address, and no instruction ran again to add it.",
        _adds_its_source_without_a_rebuild,
        (
            "The key is org.opencontainers.image.source.",
            "A LABEL in the final stage reaches the image.",
            "At the end of the Dockerfile, it invalidates nothing.",
        ),
        "The label is configuration of the final stage. Nothing comes after it, so everything else stays in the cache.",
    ),
)

GUESSES = (
    Guess(
        "ran",
        "For a new revision, how many RUN and COPY instructions run?",
        lambda s: len(_ran_for_new_revision(s)),
    ),
)

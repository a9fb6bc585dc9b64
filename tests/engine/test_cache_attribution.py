"""Which records count as ours: a doubtful record never does."""

from dataclasses import replace

import pytest

from helpers.engine.build_cache import CacheRecord
from helpers.engine.cache_attribution import Vertex, attributed, is_private, others_at_work

SECOND = 1_000_000_000
BASE = CacheRecord("base", "regular", "from local ", (), 1 * SECOND, 9 * SECOND, False, 0)
COPIED = CacheRecord("copied", "regular", "fileop target", ("base",), 3 * SECOND, 9 * SECOND, False, 10)
BUILT = CacheRecord("built", "regular", "mount / from exec /bin/sh -c go build", ("copied",), 5 * SECOND, 0, False, 10)
MOUNT = CacheRecord(
    "mount", "exec.cachemount", "cached mount /go/pkg/mod from exec /bin/sh -c go build", (), 4 * SECOND, 0, False, 10
)
RECORDS = {each.id: each for each in (BASE, COPIED, BUILT, MOUNT)}


def vertex(number: int, name: str, *inputs: str, cached: bool = False, failed: bool = False) -> Vertex:
    """A vertex that ran from second `number` to the next, or was cached at that time."""
    return Vertex("one", f"sha256:{number}", name, inputs, number * SECOND, (number + 1) * SECOND, cached, failed)


FROM = vertex(1, "[build 1/3] FROM docker.io/library/golang:1.19-bullseye")
COPY = vertex(2, "[build 2/3] COPY . .", "sha256:1", "sha256:context")
RUN = vertex(4, "[build 3/3] RUN --mount=type=cache,target=/go/pkg/mod     go build", "sha256:2")
BUILD = [FROM, COPY, RUN]


def test_records_of_our_instructions_are_ours() -> None:
    assert attributed(BUILD, RECORDS).keys() == {"base", "copied", "built", "mount"}


def test_known_records_are_not_found_again() -> None:
    assert attributed(BUILD, RECORDS, known={"base", "mount"}).keys() == {"copied", "built"}


@pytest.mark.parametrize(
    "other",
    [
        replace(BUILT, type="internal"),
        replace(BUILT, description="mount / from exec /bin/sh -c go build -o api"),
        replace(BUILT, description="mount / from exec /bin/sh -c cd /app && go build"),
        replace(BUILT, description="fileop target"),
        replace(BUILT, created=6 * SECOND),
        replace(BUILT, created=3 * SECOND),
        replace(BUILT, parents=()),
        replace(BUILT, parents=("base",)),
        replace(BUILT, parents=("mount",)),
        replace(BUILT, parents=("evicted",)),
        replace(BUILT, parents=("copied", "base")),
    ],
    ids=lambda record: f"{record.type} {record.description} {record.parents} {record.created // SECOND}",
)
def test_a_record_that_differs_in_anything_is_not_ours(other: CacheRecord) -> None:
    assert attributed(BUILD, RECORDS | {"built": other}).keys() == {"base", "copied", "mount"}


def test_ambiguous_records_are_not_ours() -> None:
    twin = replace(BUILT, id="twin")
    assert attributed(BUILD, RECORDS | {"twin": twin}).keys() == {"base", "copied", "mount"}


def test_two_simultaneous_builds_of_ours_have_two_records() -> None:
    other = [replace(each, build="two") for each in BUILD]
    twins = {f"twin-{each.id}": replace(each, id=f"twin-{each.id}") for each in RECORDS.values()}
    found = attributed([*BUILD, *other], RECORDS | twins)
    assert found.keys() == {*RECORDS, *twins}
    assert set(map(frozenset, found.values())) == {frozenset({"one", "two"})}, "each may be of either"


def test_the_build_of_each_record_is_known() -> None:
    later = [replace(each, build="two", started=each.started + 9 * SECOND, completed=10**11) for each in BUILD]
    again = {each.id: each for each in (replace(BUILT, id="again", created=14 * SECOND),)}
    assert attributed([*BUILD, *later], RECORDS | again)["built"] == {"one"}
    assert attributed([*BUILD, *later], RECORDS | again)["again"] == {"two"}


@pytest.mark.parametrize("incomplete", [replace(RUN, cached=True), replace(RUN, completed=0), replace(RUN, started=0)])
def test_an_instruction_that_did_not_complete_has_no_record(incomplete: Vertex) -> None:
    assert attributed([FROM, COPY, incomplete], RECORDS).keys() == {"base", "copied"}


def test_an_interrupted_instruction_counts_only_on_a_private_record() -> None:
    last = vertex(5, "[build 4/4] RUN ls", "sha256:4")
    record = replace(BUILT, id="last", description="mount / from exec /bin/sh -c ls", parents=("built",))
    build, records = [*BUILD, replace(last, completed=0)], RECORDS | {"last": replace(record, created=9 * SECOND)}
    assert "last" in attributed(build, records, ended={"one"})
    assert "last" not in attributed(build, records), "it may still be running"
    assert "last" not in attributed(build, records | {"built": replace(BUILT, created=0)}, ended={"one"})
    assert "built" not in attributed([FROM, COPY, replace(RUN, completed=0)], RECORDS, ended={"one"})


def test_a_failed_instruction_has_only_its_cache_mount() -> None:
    assert attributed([FROM, COPY, replace(RUN, failed=True)], RECORDS).keys() == {"base", "copied", "mount"}


def test_the_record_of_a_cached_parent_may_be_older() -> None:
    older = {"copied": replace(COPIED, created=0), "base": replace(BASE, created=0)}
    assert attributed([FROM, replace(COPY, cached=True), RUN], RECORDS | older).keys() == {"built", "mount"}


@pytest.mark.parametrize(
    ("description", "cached", "fits"),
    [
        ("[build 2/3] COPY . .", False, True),
        ("[2/6] COPY . .", False, True),
        ("[2/6] COPY go.mod .", False, False),
        ("[2/6] COPY go.mod .", True, True),
        ("[2/6] RUN ls", True, False),
    ],
)
def test_later_engines_describe_a_copy_by_its_instruction(description: str, cached: bool, fits: bool) -> None:
    records = RECORDS | {"copied": replace(COPIED, description=description)}
    assert ("built" in attributed([FROM, replace(COPY, cached=cached), RUN], records)) is fits


@pytest.mark.parametrize(
    ("name", "description"),
    [
        ('[2/2] RUN ["go", "build"]', "mount / from exec go build"),
        ("[2/2] RUN go build", "mount / from exec /bin/bash -o pipefail -c go build"),
        ("[linux/arm64 build 2/2] RUN go build", "mount / from exec /bin/sh -c go build"),
        ("[build  2/12] RUN go build", "mount / from exec /bin/sh -c go build"),
        ("[2/2] ONBUILD RUN go build", "mount / from exec /bin/sh -c go build"),
        ("[2/2] RUN --network=none --mount=type=bind,target=/src go build", "mount / from exec /bin/sh -c go build"),
    ],
)
def test_forms_of_run(name: str, description: str) -> None:
    record = replace(BUILT, parents=("base",), description=description)
    assert attributed(
        [FROM, replace(RUN, name=name, inputs=(FROM.digest,))], {"base": BASE, "built": record}
    ).keys() == {
        "base",
        "built",
    }


def test_an_image_may_have_a_record_for_each_of_its_layers() -> None:
    lower = replace(BASE, id="lower", created=0, description="pulled from docker.io/library/golang")
    upper = replace(lower, id="base", created=BASE.created, parents=("lower",))
    assert attributed(BUILD, RECORDS | {"lower": lower, "base": upper}).keys() == {"base", "copied", "built", "mount"}
    foreign = replace(lower, description="fileop target")
    assert attributed(BUILD, RECORDS | {"lower": foreign, "base": upper}).keys() == {"mount"}


def test_later_engines_add_the_id_of_a_cache_mount() -> None:
    described = replace(MOUNT, description=f'{MOUNT.description} with id "//go/pkg/mod"')
    assert "mount" in attributed(BUILD, RECORDS | {"mount": described})


def test_sent_folders_are_ours() -> None:
    loads = [
        vertex(1, "[internal] load build definition from Dockerfile"),
        vertex(2, "[internal] load .dockerignore"),
        vertex(4, "[internal] load build context"),
    ]
    local = CacheRecord("1", "source.local", "local source for dockerfile", (), 1 * SECOND, 0, False, 0)
    context = replace(local, description="local source for context")
    records = {
        "1": local,
        "2": replace(context, id="2", created=2 * SECOND),
        "4": replace(context, id="4", created=4 * SECOND),
    }
    assert attributed(loads, records).keys() == {"1", "2", "4"}


@pytest.mark.parametrize(
    ("record", "private"),
    [(BASE, False), (COPIED, False), (BUILT, True), (MOUNT, True), (replace(COPIED, parents=("built",)), True)],
)
def test_descendants_of_our_run_are_private(record: CacheRecord, private: bool) -> None:
    assert is_private(record, RECORDS, {*RECORDS}) is private


def test_a_run_of_another_build_is_not_private() -> None:
    assert not is_private(replace(COPIED, parents=("built",)), RECORDS, {"copied"})


@pytest.mark.parametrize(
    ("record", "at_work"),
    [
        (BASE, False),
        (replace(BASE, created=8 * SECOND), True),
        (replace(BASE, in_use=True), False),
        (replace(BASE, type="source.local"), True),
        (replace(BASE, type="source.local", last_used=2 * SECOND), False),
    ],
)
def test_others_are_at_work_if_they_create_or_send_anything(record: CacheRecord, at_work: bool) -> None:
    """Neither another build's base image that our build used is evidence, nor a record that stays in use."""
    assert others_at_work({"base": record}, set(), 7 * SECOND) is at_work
    assert not others_at_work({"base": record}, {"base"}, 7 * SECOND)

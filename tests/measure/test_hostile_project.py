"""A malicious project: its control sequences and secrets reach neither the terminal nor a record."""

import json
import re
import unicodedata
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import docker
import pytest

from helpers.charts import lines, record_tables
from helpers.charts.cache_map import cache_map
from helpers.charts.treemap import treemap
from helpers.core.errors import BuildFailed, ContainerExited, WorkbookError
from helpers.core.masking import MASK
from helpers.core.records import Engine, Machine, Progress, SectionRecord
from helpers.measure import cache_journal
from helpers.measure.experiment import Experiment
from helpers.measure.project import Project
from helpers.measure.run_options import RunOptions
from helpers.measure.store import ScanCache, results_folder, unstructure

pytestmark = pytest.mark.engine

TITLE = "\x1b]0;hijacked\x07"  # sets a terminal's title
HOSTILE = rf"""
FROM golang:1.19-bullseye
LABEL by="{TITLE}alice\u202e"
RUN printf '\033]0;owned\007\033[2J\033[31mred\n10 %%\r20 %%\n\302\23332mgreen\n' && echo '{TITLE}<script>' NONCE
RUN printf content > "/$(printf 'file\033]0;owned\007name')"
CMD ["printf", "\\033]0;owned\\007\\033[31mlast words\\n"]
""".lstrip().replace(r"\u202e", "\u202e")
FAILING = r"""
FROM golang:1.19-bullseye
RUN echo NONCE && printf '\033[2J\033[31mit broke\033[0m\n\033]0;owned\007here\n' >&2 && false
""".lstrip()
TOKEN = "tok-4711-abcdef"
WITH_SECRET = r"""
FROM golang:1.19-bullseye
ARG TOKEN
ARG MODE
ENV FROM_BUILD=$TOKEN
LABEL token=$TOKEN
WORKDIR /srv/$TOKEN
RUN echo NONCE && printf 'tok-4711'; sleep 0.4; printf 'err\n' >&2; sleep 0.4; printf -- '-abcdef\n'; env
RUN touch /srv/$TOKEN/file
CMD ["sh", "-c", "echo it is $FROM_BUILD; exit 3"]
""".lstrip()

Make = Callable[..., Experiment]


def controls(text: str) -> list[str]:
    """The control and format characters in the text, except newline and tab."""
    return [letter for letter in text if unicodedata.category(letter) in ("Cc", "Cf") and letter not in "\n\t"]


@pytest.fixture
def make(client: docker.DockerClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """Makes experiments on a folder of their own; their images and cache records are removed afterwards."""
    monkeypatch.setenv("WORKBOOK_RESULTS", str(tmp_path / "results"))
    folder = tmp_path / "project"
    folder.mkdir()
    tag = f"dockerfile-workbook/test-{uuid.uuid4().hex[:8]}"

    def made(dockerfile: str, **build_args: str) -> Experiment:
        text = dockerfile.replace("NONCE", uuid.uuid4().hex)
        return Experiment(client, "test", text, Project(folder, build_args=build_args), tag=tag)

    yield made
    for image in client.images.list(name=tag):
        client.images.remove(str(image.id), force=True)
    cache_journal.sweep(client)


@pytest.fixture
def reported() -> list[Progress]:
    """The progress reported so far."""
    return []


def everything(experiment: Experiment, reported: list[Progress]) -> str:
    """Everything that is recorded, reported and shown of an experiment, as one text."""
    build, image, contents = experiment.build("cold"), experiment.image(), experiment.contents()
    shown = [
        lines.build_line(build),
        lines.image_line(image),
        record_tables.build_table(build),
        record_tables.image_table(image),
        record_tables.contents_table({"it": contents}),
        treemap(contents, "it").figure.to_json(),
        cache_map({"it": {"cold": build}}).figure.to_json(),
        build.command,
    ]
    machine, engine = Machine("", "", "", 1, 1), Engine("", "", "", "")
    record = SectionRecord("12", "", machine, engine, (), experiment.measurement)
    decoded = [
        json.dumps(unstructure(record), ensure_ascii=False).replace("\\u001b", "\x1b"),
        repr(experiment.measurement),
    ]
    return "\n".join([*shown, *decoded, *map(str, reported)])


def test_build_output_has_no_control_characters(make: Make, reported: list[Progress]) -> None:
    experiment = make(HOSTILE)
    experiment.listener = reported.append
    text = everything(experiment, reported)
    assert controls(text) == [] and "\\x1b" not in text and "\\u001b" not in text and "hijacked" not in text
    log = experiment.build("cold").find("printf").log
    assert log.startswith("red\n20 %\ngreen\n") and "owned" not in log
    assert experiment.image().labels["by"] == "alice"
    assert "filename" in str(experiment.contents().layers)


def test_markup_in_an_instruction_is_escaped_in_a_chart(make: Make) -> None:
    experiment = make(HOSTILE)
    drawn = cache_map({"it": {"cold": experiment.build("cold")}}).figure.data[0].customdata
    assert any("&lt;script&gt;" in names[0] for names in drawn)
    assert not any("<script>" in names[0] for names in drawn)


def test_the_error_of_a_failed_instruction_has_no_control_characters(make: Make) -> None:
    with pytest.raises(BuildFailed) as failed:
        make(FAILING).build("cold")
    text = str(failed.value)
    assert controls(text) == [] and "owned" not in text.partition("Its last lines")[2]
    assert "  | it broke\n  | here" in text


def test_the_error_of_an_exited_container_has_no_control_characters(make: Make) -> None:
    with pytest.raises(ContainerExited) as ended:
        make(HOSTILE).run()
    assert controls(str(ended.value)) == [] and "owned" not in str(ended.value)
    assert "last words" in str(ended.value)


def test_command_output_has_no_control_characters(make: Make) -> None:
    assert make(HOSTILE).output("printf", r"\033[31mred\tand\033]0;owned\007 blue\r\n") == "red\tand blue\n"
    with pytest.raises(WorkbookError) as failed:
        make(HOSTILE).output("sh", "-c", r"printf '\033[2Jno'; exit 3")
    assert controls(str(failed.value)) == []


def stored() -> bytes:
    """The bytes of all files in the results folder."""
    return b"".join(path.read_bytes() for path in results_folder().iterdir() if path.is_file())


def test_a_secret_build_argument_is_neither_shown_nor_recorded(make: Make, reported: list[Progress]) -> None:
    experiment = make(WITH_SECRET, TOKEN=TOKEN, MODE="dev")
    experiment.listener = reported.append
    text = everything(experiment, reported)
    assert [text[max(0, found.start() - 200) : found.end()] for found in re.finditer(TOKEN, text)] == []
    assert "--build-arg MODE --build-arg TOKEN" in text and "MODE=dev" in text
    built = experiment.build("cold").input
    assert built and built.build_args == {"TOKEN": MASK, "MODE": "dev"}
    assert experiment.image().labels["token"] == experiment.image().environment["FROM_BUILD"] == MASK
    assert f"\n{MASK}\n" in experiment.build("cold").find("tok-4711").log.replace("err\n", "\n")
    experiment.packages()
    assert TOKEN.encode() not in stored()


def test_a_secret_build_argument_is_in_no_error_and_no_output(make: Make, reported: list[Progress]) -> None:
    experiment = make(WITH_SECRET, TOKEN=TOKEN)
    experiment.listener = reported.append
    with pytest.raises(ContainerExited) as ended:
        experiment.run()
    assert f"it is {MASK}" in str(ended.value) and TOKEN not in repr(ended.value) + str(reported)
    assert experiment.output("sh", "-c", "echo $FROM_BUILD") == f"{MASK}\n"
    with pytest.raises(BuildFailed) as failed:
        make("FROM golang:1.19-bullseye\nARG TOKEN\nRUN echo NONCE $TOKEN; exit 4", TOKEN=TOKEN).build()
    assert f" {MASK}" in str(failed.value) and TOKEN not in str(failed.value)


def test_a_secret_variable_of_one_run_is_in_no_error_and_no_progress(make: Make, reported: list[Progress]) -> None:
    experiment = make("FROM golang:1.19-bullseye\nRUN echo NONCE\n")
    experiment.listener = reported.append
    url = "postgres://user:s3cret-pass@db/x"
    command = ("sh", "-c", "echo connecting to $DATABASE_URL; sleep 2; exit 1")
    with pytest.raises(ContainerExited) as ended:
        experiment.run(RunOptions(command=command, environment={"DATABASE_URL": url}))
    assert f"connecting to {MASK}" in str(ended.value) and f"connecting to {MASK}" in str(reported)
    assert "s3cret-pass" not in repr(ended.value) + str(ended.value) + str(reported)


def test_build_arguments_reach_every_build(make: Make) -> None:
    experiment = make(WITH_SECRET, TOKEN=TOKEN)
    experiment.build("cold")
    assert {step.cached for step in experiment.build("unchanged").instructions} == {True, None}
    digest = experiment.client.images.get(experiment.tag).labels["token"]
    assert digest == TOKEN


def test_the_scan_cache_does_not_contain_the_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBOOK_RESULTS", str(tmp_path))
    cache = ScanCache(hide=lambda text: text.replace(TOKEN, MASK))
    cache["a"], cache["b"] = json.dumps([TOKEN]).encode(), b"\x1f\x8b" + TOKEN.encode()
    cache["c"] = json.dumps({"made by": TOKEN}).encode()
    assert json.loads(cache["c"]) == {"made by": MASK}
    assert cache["b"] == b"\x1f\x8b" + TOKEN.encode()  # binary data is not changed

"""One build and one container as tables."""

from dataclasses import replace

from helpers.charts import notes
from helpers.charts.record_tables import LOG_LINES, build_table, run_table
from helpers.core.records import BaseImage, Build, Health, Instruction, Process, Run, Shutdown
from helpers.core.records.run import DOCKERS_DEFAULT

STAND_IN = [BaseImage("golang", "", "stand-in")]
BUILD = Build(
    "source-edit",
    9.71,
    "sha256:1",
    (
        Instruction("[1/4] FROM golang"),
        Instruction("[2/4] RUN go mod download", cached=True, started=0.0, completed=0.0),
        Instruction("[3/4] COPY . .", cached=False, started=0.1, completed=0.35),
        Instruction("[4/4] RUN go build \\\n   -o api-golang", cached=False, started=0.4, completed=9.7),
    ),
)


def test_each_instruction_has_its_seconds_and_whether_it_ran() -> None:
    lines = build_table(BUILD).splitlines()
    assert [line.split()[-2:] for line in lines[2:6]] == [
        ["–", "–"],
        ["0.00", "cached"],
        ["0.25", "ran"],
        ["9.3", "ran"],
    ]
    assert "[4/4] RUN go build \\ -o api-golang" in lines[5]
    assert lines[7].startswith("source-edit build: 9.7 s in total")


def test_layer_sizes_have_a_column_if_known() -> None:
    last = replace(BUILD.instructions[3], layer_bytes=16_800_000)
    table = build_table(replace(BUILD, instructions=(*BUILD.instructions[:3], last)))
    assert table.splitlines()[5].split()[-3:] == ["9.3", "ran", "16.8"] and table.splitlines()[4].endswith("–")
    assert "layer" not in build_table(BUILD)


def test_a_long_instruction_is_cut() -> None:
    long = Build("cold", 1.0, "", (Instruction("RUN " + "x" * 500, cached=False, started=0, completed=1),))
    assert max(map(len, build_table(long).splitlines())) < 120
    assert "…" in build_table(long)


def test_an_incomplete_trace_is_reported() -> None:
    assert "could not be read" in build_table(Build("cold", 1.0, "sha256:1", trace_complete=False))
    assert "could not be read" not in build_table(BUILD)


def test_stand_ins_are_named_below_both() -> None:
    run = Run(Health(200, 0.03))
    assert notes.STAND_IN in build_table(BUILD, STAND_IN) and notes.STAND_IN in run_table(run, STAND_IN)
    assert "stand-in" not in build_table(BUILD) + run_table(run)


def test_a_run_shows_only_what_was_measured() -> None:
    bare = run_table(Run(Health(200, 0.031)))
    assert "200, 0.03 s after the start" in bare
    assert "SIGTERM" not in bare and "uid" not in bare
    whole = run_table(
        Run(Health(200, 0.031), process=Process(1001, 0), shutdown=Shutdown(0.2, 2, False), verdict="healthy")
    )
    assert "8.2 MB" in run_table(Run(Health(200, 0.031), memory_bytes=8_200_000)) and "memory" not in bare
    for words in ("uid 1001, gid 0", "none", "exit code 2 in 0.20 s", "dropped", "healthy"):
        assert words in whole


def test_a_run_shows_default_capabilities_and_new_privileges() -> None:
    root = Process(0, 0, tuple(sorted(DOCKERS_DEFAULT)), no_new_privileges=True)
    table = run_table(Run(Health(200, 0.03), process=root, notes=("asked by a helper",)))
    assert "Docker's default: CAP_AUDIT_WRITE CAP_CHOWN" in table and "never" in table and "asked by a helper" in table
    free = run_table(Run(Health(200, 0.03), process=Process(1001, 0, (), no_new_privileges=False)))
    assert "Docker's default" not in free and "through setuid programs" in free


def test_only_the_last_lines_of_a_log_are_shown() -> None:
    table = run_table(Run(Health(200, 0.03), log="\n".join(f"line {n}" for n in range(50))))
    assert table.count("log: ") == LOG_LINES
    assert "log: line 49" in table and "line 9\n" not in table

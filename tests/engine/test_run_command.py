"""The equivalent of a run for the Docker CLI and curl."""

from helpers.engine.run_command import run_commands

LIMITS = "--memory 2g --memory-swap 2g --pids-limit 2048 --security-opt no-new-privileges"


def test_a_run_a_request_and_a_stop() -> None:
    assert run_commands("workbook/04", "04", "127.0.0.1", timeout=120.0, process=True) == [
        f"docker run --rm --detach --name 04 -p 127.0.0.1::8080 {LIMITS} workbook/04",
        'curl "http://$(docker port 04 8080)/health"',
        "docker stop 04",
    ]


def test_every_option_of_a_run_is_in_the_command() -> None:
    run, *_ = run_commands(
        "image", "x", "::1", port=80, environment={"MODE": "a b"}, command=["serve", "-v"], hardened=True, processes=9
    )
    assert run.startswith("docker run --rm --detach --name x -p '[::1]::80' -e 'MODE=a b' --memory 64m ")
    assert run.endswith("--pids-limit 9 --security-opt no-new-privileges --read-only --cap-drop ALL image serve -v")
    assert "no-new-privileges" not in run_commands("image", "x", None, new_privileges=True)[0]


def test_a_secret_variable_has_only_its_name_and_a_line_that_exports_it() -> None:
    environment = {"DB_PASSWORD": "hunter22", "MODE": "a", "URL": "postgres://u:pass@db/x"}
    first, second, run, *_ = run_commands("image", "x", None, environment=environment)
    assert (first.split("=")[0], second.split("=")[0]) == ("export DB_PASSWORD", "export URL")
    assert "hunter22" not in first and "u:pass" not in second
    assert "-e DB_PASSWORD -e MODE=a -e URL --memory" in run


def test_without_a_published_port_there_is_no_request() -> None:
    commands = run_commands("image", "x", None)
    assert [line.split()[:2] for line in commands] == [["docker", "run"], ["docker", "stop"]]
    assert " -p " not in commands[0]

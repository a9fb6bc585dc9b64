"""Defines the commands, their options and their help texts."""

import argparse
from collections.abc import Sequence

_DESCRIPTION = "The Dockerfile Workbook: thirteen notebooks that improve one Dockerfile, measured on your own engine."
_EPILOG = "Each command first sets up what it needs, says what it will download, and is quick if nothing is missing."
_EXAMPLES = {
    "run": "examples: run --yes · run 05 · run 04-copy-go-mod-first 05 · run --from 06 · run --repeats 3 --variants",
    "test": "examples: test --yes · test --fast · test -- -k health -x",
    "reset": "examples: reset 05 · reset",
    "bench": "examples: bench --yes · bench build --repeats 9 · bench course (a complete run, twelve minutes)",
}
_YES = "consent to installing system packages, installing or starting an engine, and building stand-in base images"
_YES_AS_ROOT = f"{_YES}, and to running JupyterLab as root if only root can use the engine"
_BENCHMARK = "build, context, contents, trace or course (default: all except course)"
_SECTION = "its number or name, such as 05 or 04-copy-go-mod-first (default: all)"


def read(arguments: Sequence[str]) -> argparse.Namespace:
    """The command and its options; arguments after "--" are passed on to pytest.

    Invalid arguments end the process with argparse's message and exit status 2.
    """
    end = arguments.index("--") if "--" in arguments else len(arguments)
    options = _parser().parse_args(arguments[:end])
    options.arguments = [*arguments]
    options.passed_on = [*arguments[end + 1 :]]
    return options


def _count(text: str) -> int:
    """A number of repetitions, at least 1; argparse completes the error message."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of 1 or more")
    return int(text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python3 -m helpers", description=_DESCRIPTION, epilog=_EPILOG)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)

    def add(name: str, text: str) -> argparse.ArgumentParser:
        sentence = text[0].upper() + text[1:] + "."
        command = commands.add_parser(name, help=text, description=sentence, epilog=_EXAMPLES.get(name))
        command.set_defaults(yes=False)
        return command

    run = add("run", "set up the machine, run the notebooks, write results/, print a summary")
    run.add_argument("section", nargs="*", metavar="SECTION", help=_SECTION)
    run.add_argument("--from", dest="from_number", metavar="NN", help="run this section and all that follow it")
    run.add_argument("--repeats", type=_count, default=1, metavar="N", help="run each build N times (default: 1)")
    run.add_argument("--variants", action="store_true", help="also measure the sections' variants in all scenarios")
    test = add("test", "set up the machine and run every test; arguments after -- are passed to pytest")
    test.add_argument("--fast", action="store_true", help="run only the tests that need no engine; takes seconds")
    lab = add("lab", "open JupyterLab on your own copies of the notebooks; only this machine can connect, with a token")
    bench = add("bench", "compare the helpers with other tools that do the same; write results/benchmarks.json")
    bench.add_argument("name", nargs="*", metavar="NAME", help=_BENCHMARK)
    bench.add_argument("--repeats", type=_count, default=5, metavar="N", help="measure each N times (default: 5)")
    for command in (run, test, lab, bench):
        command.add_argument("--yes", action="store_true", help=_YES_AS_ROOT if command is lab else _YES)
    add("doctor", "check the machine: what is installed, what is missing, and how to fix it")
    reset = add("reset", "restore a section's Dockerfile to the course's version")
    reset.add_argument("section", nargs="?", metavar="SECTION", help=_SECTION)
    clean = add("clean", "remove only what the course created; stop an engine process that it started")
    clean.epilog = "exit status: 0 if everything was removed, 1 if something is left; the last lines say what and why"
    clean.add_argument("--dry-run", action="store_true", help="only list what would be removed")
    add("report", "redraw the last run's report from its stored results; needs no engine")
    export = add("export", "write all measurements from this machine as JSON and CSV")
    export.add_argument("folder", nargs="?", metavar="FOLDER", help="the target folder (default: the results folder)")
    add("reference", "use this machine's last complete run as the baseline that charts compare with")
    return parser

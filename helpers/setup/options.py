"""The commands and their options, with the texts that explain them."""

import argparse
from collections.abc import Sequence

_DESCRIPTION = "The Dockerfile Workbook: thirteen notebooks that make one Dockerfile better, proved on your own engine."
_EPILOG = "Each command does the set-up that it needs, says first what it will fetch, and is quick where all is there."
_EXAMPLES = {
    "run": "examples: run --yes · run 05 · run 04-copy-go-mod-first 05 · run --from 06 · run --repeats 3 --variants",
    "test": "examples: test --yes · test --fast · test -- -k health -x",
    "reset": "examples: reset 05 · reset",
    "bench": "examples: bench --yes · bench build --repeats 9 · bench course (a whole run, twelve minutes)",
}
_YES = "agree to installing system packages, to installing or starting an engine, and to making stand-in base images"
_YES_AS_ROOT = f"{_YES}, and to JupyterLab as root where only root may use the engine"
_BENCHMARK = "build, context, contents, trace or course; none: all but course"
_SECTION = "its number or its name: 05, or 04-copy-go-mod-first; none: all of them"


def read(arguments: Sequence[str]) -> argparse.Namespace:
    """The command and its options; what follows "--" is kept for pytest.

    Misuse ends the process with a sentence and exit status 2, as argparse has it.
    """
    cut = arguments.index("--") if "--" in arguments else len(arguments)
    options = _parser().parse_args(arguments[:cut])
    options.arguments = [*arguments]
    options.passed_on = [*arguments[cut + 1 :]]
    return options


def _count(text: str) -> int:
    """A number of times, one at least; argparse makes a sentence of the error."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of times: give 1, or more")
    return int(text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python3 -m helpers", description=_DESCRIPTION, epilog=_EPILOG)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)

    def add(name: str, text: str) -> argparse.ArgumentParser:
        sentence = text[0].upper() + text[1:] + "."
        command = commands.add_parser(name, help=text, description=sentence, epilog=_EXAMPLES.get(name))
        command.set_defaults(yes=False)
        return command

    run = add("run", "make the machine ready, execute the notebooks, write results/, print the summary")
    run.add_argument("section", nargs="*", metavar="SECTION", help=_SECTION)
    run.add_argument("--from", dest="from_number", metavar="NN", help="this section and all that follow it")
    run.add_argument("--repeats", type=_count, default=1, metavar="N", help="make each build so often (default: once)")
    run.add_argument("--variants", action="store_true", help="measure the sections' variants in all scenarios too")
    test = add("test", "make the machine ready, run every test; what follows -- is given to pytest")
    test.add_argument(
        "--fast", action="store_true", help="only the tests that need no engine: seconds, and little set-up"
    )
    lab = add("lab", "open JupyterLab on your own copies of the notebooks, on this machine alone and with a token")
    bench = add("bench", "hold the helpers against the raw tools that do the same; write results/benchmarks.json")
    bench.add_argument("name", nargs="*", metavar="NAME", help=_BENCHMARK)
    bench.add_argument("--repeats", type=_count, default=5, metavar="N", help="how often each is measured: 5")
    for command in (run, test, lab, bench):
        command.add_argument("--yes", action="store_true", help=_YES_AS_ROOT if command is lab else _YES)
    add("doctor", "say what is here, what is missing, and the line that mends it")
    reset = add("reset", "put the Dockerfile of a section back as the course has it")
    reset.add_argument("section", nargs="?", metavar="SECTION", help=_SECTION)
    clean = add("clean", "remove what the course created, and nothing else; end an engine process that it started")
    clean.epilog = "exit status: 0 if all of it was removed, 1 if something is left; the last lines say what and why"
    clean.add_argument("--dry-run", action="store_true", help="only say what would be removed")
    add("report", "draw the report of the last run again, from what was kept of it; needs no engine")
    export = add("export", "write all that was measured on this machine as JSON and as CSV")
    export.add_argument("folder", nargs="?", metavar="FOLDER", help="where to (default: the results folder)")
    add("reference", "make this machine's last whole run the one that charts are drawn beside")
    return parser

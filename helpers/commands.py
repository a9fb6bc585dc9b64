"""The commands: their options with help texts, and what each one does."""

from __future__ import annotations

import argparse
import os
import time
from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from helpers.core import replay, section_times, slow_imports
from helpers.core.cleaned import Cleaned, joined
from helpers.core.errors import SetupError
from helpers.core.paths import PROJECT, RUN_LOCK, TEST_LOCK, results_folder
from helpers.core.replay import REPLAY, Pace
from helpers.setup import (
    browser,
    consent,
    daemon,
    docker_command,
    doctor,
    engine,
    environment,
    forecast,
    legacy_pth,
    own_packages,
    probe,
    system_packages,
)

_DESCRIPTION = "The Dockerfile Workbook: thirteen notebooks that improve one Dockerfile, measured on your own engine."
_EPILOG = "Each command first sets up what it needs, says what it will download, and is quick if nothing is missing."
_EXAMPLES = {
    "run": (
        "examples: run --yes · run 05 · run 04-copy-go-mod-first 05 · run --from 06 · run --repeats 3 --variants · "
        "run --replay · run 05 --replay real-time"
    ),
    "lab": "examples: lab --yes · lab --replay real-time",
    "test": "examples: test --yes · test --fast · test -- -k health -x",
    "reset": "examples: reset 05 · reset",
    "bench": "examples: bench --yes · bench build --repeats 9 · bench setup --repeats 1 · bench course",
}
_YES = "consent to installing system packages, installing or starting an engine, and building stand-in base images"
_YES_AS_ROOT = f"{_YES}, and to running JupyterLab as root if only root can use the engine"
_PULL = "first pull the official base images in place of stand-ins; results measured on those can't be compared"
_BENCHMARK = "build, context, contents, trace, setup or course (default: all except setup and course)"
_REPLAY = "play the course's recording, at-once (default) or in real-time: needs no engine, and proves nothing"
_WITH_AN_ENGINE = "--replay plays builds as they were recorded: it can't be combined with --pull or --repeats"
_OFFER = "Without an engine, you can replay the course as it was recorded: python3 -m helpers {command} --replay"
_REPLAYING = ("run", "lab")
_SECTION = "its number or name, such as 05 or 04-copy-go-mod-first (default: all)"


def read(arguments: Sequence[str]) -> argparse.Namespace:
    """The command and its options; arguments after "--" are passed on to pytest.

    Invalid arguments end the process with argparse's message and exit status 2.
    """
    end = arguments.index("--") if "--" in arguments else len(arguments)
    parser = _parser()
    options = parser.parse_args(arguments[:end])
    if options.replay and (options.pull or (options.command == "run" and options.repeats > 1)):
        parser.error(_WITH_AN_ENGINE)
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
        command.set_defaults(yes=False, pull=False, replay="")
        return command

    run = add("run", "set up the machine, run the notebooks, write results/, print a summary")
    run.add_argument("section", nargs="*", metavar="SECTION", help=_SECTION)
    run.add_argument("--from", dest="from_number", metavar="NN", help="run this section and all that follow it")
    run.add_argument("--repeats", type=_count, default=1, metavar="N", help="run each build N times (default: 1)")
    run.add_argument("--variants", action="store_true", help="also measure the sections' variants in all scenarios")
    run.add_argument("--fresh", action="store_true", help="start over instead of continuing an interrupted run")
    test = add("test", "set up the machine and run every test; arguments after -- are passed to pytest")
    test.add_argument("--fast", action="store_true", help="run only the tests that need no engine; takes seconds")
    lab = add("lab", "open JupyterLab on your own copies of the notebooks; only this machine can connect, with a token")
    bench = add("bench", "compare the helpers with other tools that do the same; write results/benchmarks.json")
    bench.add_argument("name", nargs="*", metavar="NAME", help=_BENCHMARK)
    bench.add_argument("--repeats", type=_count, default=5, metavar="N", help="measure each N times (default: 5)")
    for command in (run, lab):
        command.add_argument("--pull", action="store_true", help=_PULL)
        paces, at_once = [*map(str, Pace)], str(Pace.AT_ONCE)
        command.add_argument("--replay", nargs="?", choices=paces, const=at_once, metavar="PACE", help=_REPLAY)
    for command in (run, test, lab, bench):
        command.add_argument("--yes", action="store_true", help=_YES_AS_ROOT if command is lab else _YES)
    add("lint", "check the code with Ruff and mypy, and the notebooks' form; needs no engine; part of a full test")
    add("doctor", "check the machine: what is installed, what is missing, and how to fix it")
    reset = add("reset", "restore a section's Dockerfile to the course's version")
    reset.add_argument("section", nargs="?", metavar="SECTION", help=_SECTION)
    clean = add("clean", "remove only what the course created; stop an engine process that it started")
    clean.epilog = "exit status: 0 if everything was removed, 1 if something is left; the last lines say what and why"
    clean.add_argument("--dry-run", action="store_true", help="only list what would be removed")
    clean.add_argument("--cache", action="store_true", help="also delete the stand-ins in your cache folder")
    add("report", "redraw the last complete run's report from its stored results; needs no engine")
    export = add("export", "write all measurements from this machine as JSON and CSV")
    export.add_argument("folder", nargs="?", metavar="FOLDER", help="the target folder (default: the results folder)")
    record = add("record", "run the course, and make the recording that replays play from it")
    record.add_argument("--yes", action="store_true", help=_YES)
    add("reference", "use this machine's last complete run as the baseline that charts compare with")
    return parser


if TYPE_CHECKING:
    from docker import DockerClient

    from helpers.course.sections import SectionFiles


def execute(options: Namespace) -> int:
    """Run the chosen command and return its exit status."""
    _choose_replay(options)
    return {
        "run": _run,
        "test": _test,
        "lint": _lint,
        "lab": _lab,
        "doctor": _doctor,
        "reset": _reset,
        "clean": _clean,
        "record": _record,
        "reference": _reference,
        "export": _export,
        "report": _report,
        "bench": _bench,
    }[options.command](options)


def _choose_replay(options: Namespace) -> None:
    """Sets the variable that kernels inherit. Commands that can't replay are about this machine, so they unset it."""
    if options.replay:
        os.environ[REPLAY] = options.replay
    elif options.command not in _REPLAYING:
        os.environ.pop(REPLAY, None)


def _run(options: Namespace) -> int:
    from helpers.course import sections  # the standard library suffices for it, so a wrong name is reported at once

    chosen = sections.choose(options.section, options.from_number)
    names = [section.name for section in chosen]
    scenarios = "variants" if options.variants else "all"
    with_engine = replay.pace() is None
    done = _passed_before(options, chosen, scenarios)
    plan = forecast.begin(RUN_LOCK, names if with_engine else [], scenarios, options.repeats, with_engine, done=done)
    _enter(options, plan)
    client = _engine_with_base_images(options, plan) if with_engine else _recording()
    slow_imports.skip()
    from helpers.runner import course_run

    with plan.step(forecast.name_of(names, done)):
        return course_run.run(
            chosen,
            client,
            repeats=options.repeats,
            scenarios=scenarios,
            expected=plan.sections,
            fresh=options.fresh,
        )


def _recording() -> DockerClient:
    """A client that answers from the course's recording."""
    from helpers.engine import connection

    return connection.connect()


def _record(options: Namespace) -> int:
    from helpers.course import sections

    chosen = sections.discover()
    plan = forecast.begin(RUN_LOCK, [section.name for section in chosen], "all")
    _enter(options, plan)
    from helpers.runner import course_run, record

    def run(client: DockerClient) -> int:
        return course_run.run(chosen, client, expected=plan.sections, fresh=True)

    return record.record(lambda: _engine_with_base_images(options, plan), run)


def _passed_before(options: Namespace, chosen: Sequence[SectionFiles], scenarios: str) -> frozenset[str]:
    """The sections that the run is expected to skip, because it continues an interrupted one."""
    from helpers.runner import interrupted  # also of the standard library only

    settings = {"scenarios": scenarios, "repeats": options.repeats}
    return frozenset() if options.fresh else interrupted.passed(results_folder(), chosen, settings)


def _enter(options: Namespace, plan: forecast.Plan, lock: Path = RUN_LOCK) -> None:
    with plan.step(forecast.PACKAGES):
        environment.enter(options.arguments, options.yes, lock=lock)


def _test(options: Namespace) -> int:
    whole = not (options.fast or options.passed_on)
    plan = forecast.begin(TEST_LOCK, [forecast.TESTS] if whole else [], engine=not options.fast)
    _enter(options, plan, TEST_LOCK)
    if options.fast:
        from helpers.runner import fast_tests

        return fast_tests.run_fast(options.passed_on)
    _ready(options, plan)
    browser.ready(options.yes)
    docker_command.ready(options.yes)
    from helpers.runner import testing

    client, began = _engine_with_base_images(options, plan), time.monotonic()
    with plan.step(forecast.TESTS):
        status = testing.run_all(client, options.passed_on)
    if whole and status == 0:
        section_times.note("all", forecast.TESTS, time.monotonic() - began)
    return status


def _lint(options: Namespace) -> int:
    environment.enter(options.arguments, options.yes, lock=TEST_LOCK)
    from helpers.runner import lint

    return lint.lint()


def _lab(options: Namespace) -> int:
    with_engine = replay.pace() is None
    plan = forecast.begin(RUN_LOCK, engine=with_engine)
    _enter(options, plan)
    from helpers.course import copies, lab

    if with_engine:
        with _replay_offered(options):
            _agree_to_root(options)
        _engine_with_base_images(options, plan)
    for line in [*copies.update(), *([lab.AS_ROOT] if lab.is_root() else [])]:
        print(line, flush=True)
    return lab.lab()


def _agree_to_root(options: Namespace) -> None:
    """Asks for consent if JupyterLab would have to run as root."""
    from helpers.course import lab

    root = engine.root_needed()
    if root:
        print(f"{root.reason} {lab.WOULD_BE_ROOT}\nTo run it as yourself, {root.instead}", flush=True)
        consent.ask("Run JupyterLab as root.", options.yes, root.instead)


def _doctor(options: Namespace) -> int:
    if environment.is_ready():
        environment.enter(options.arguments, options.yes, install=False)
    all_ok = True
    for finding in chain(doctor.findings(), _base_images() if environment.is_ready() and engine.answers() else ()):
        print(finding, flush=True)
        all_ok = all_ok and finding.ok
    return 0 if all_ok else 1


def _base_images() -> Iterator[doctor.Finding]:
    """The base images on the engine, and whether it meets the course's needs; requires the Python packages."""
    from helpers import standins
    from helpers.core.errors import WorkbookError
    from helpers.engine import connection

    try:
        client = connection.connect()
        images = standins.present(client)
    except WorkbookError as error:
        yield doctor.Finding("Base images", False, error.message, error.hint)
        return
    sources = {image.reference: image.source for image in images}
    for reference in standins.REFERENCES:
        source = sources.get(reference, "not on this engine yet")
        yield doctor.Finding(f"Base image {reference}", reference in sources, source, doctor.FIX_ALL)
    if replaced := [image.reference for image in images if image.is_stand_in]:
        yield _registry(client, replaced)


def _registry(client: DockerClient, references: Sequence[str]) -> doctor.Finding:
    """Whether a registry has the official images that stand-ins replace."""
    from helpers.core.errors import BaseImageError
    from helpers.standins import RegistryOutOfReach, registry_check

    try:
        registry_check.ask(client, references, doctor.REGISTRY_SECONDS)
    except RegistryOutOfReach as error:
        return doctor.Finding("Registry", True, f"out of reach, so stand-ins are used: {error.message}")
    except BaseImageError as error:
        return doctor.Finding("Registry", False, error.message, error.hint)
    return doctor.Finding("Registry", True, registry_check.OFFER)


def _reset(options: Namespace) -> int:
    environment.enter(options.arguments, options.yes)
    from helpers.course import reset

    print("\n".join(reset.reset(options.section)))
    return 0


def _reference(options: Namespace) -> int:
    environment.enter(options.arguments, options.yes)
    from helpers.course import baseline, notebooks, sections
    from helpers.course.machine import this_machine
    from helpers.runner import pictures

    print(baseline.renew())
    names = [section.name for section in sections.discover()]
    print(section_times.renew(names, this_machine().name, probe.cpu()))
    print(pictures.renew(browser.find()))
    return notebooks.main([])  # the navigation and the README show the times


def _report(options: Namespace) -> int:
    environment.enter(options.arguments, options.yes)
    from helpers.runner import report

    return report.redraw()


def _export(options: Namespace) -> int:
    environment.enter(options.arguments, options.yes)
    from helpers.runner import export

    return export.export(options.folder)


def _bench(options: Namespace) -> int:
    plan = forecast.begin(TEST_LOCK)
    _enter(options, plan, TEST_LOCK)
    from benchmarks import runner

    chosen = runner.choose(options.name)
    _ready(options, plan)
    docker_command.ready(options.yes)
    return runner.run(chosen, _engine_with_base_images(options, plan), str(docker_command.find()), options.repeats)


def _clean(options: Namespace) -> int:
    if environment.is_ready():
        environment.enter(options.arguments, options.yes, install=False)
    reached = environment.is_ready() and engine.reached(options.arguments)
    cleaned = joined(
        [
            _clean_engine(options) if reached else Cleaned(),
            _clean_cache(options) if options.cache and environment.is_ready() else Cleaned(),
            daemon.stop(options.dry_run),
            own_packages.uninstall(options.dry_run),
            legacy_pth.clean(PROJECT, options.dry_run),
        ]
    )
    lines = [*cleaned.done, *system_packages.how_to_remove(), *cleaned.left]
    print("\n".join(lines or ["There is nothing to remove."]))
    return 1 if cleaned.left and not options.dry_run else 0


def _clean_engine(options: Namespace) -> Cleaned:
    """Removes what the course created on the engine."""
    from helpers.core.errors import WorkbookError
    from helpers.course import cleanup
    from helpers.engine import connection
    from helpers.engine.failures import explained
    from helpers.measure import cache_journal

    client = connection.connect()
    cleaned = cleanup.clean(client, options.dry_run, records=partial(cache_journal.removable, client))
    if not options.dry_run:
        with suppress(WorkbookError), explained():  # an engine that stopped answering is already in `left`
            cache_journal.sweep(client)
    return cleaned


def _clean_cache(options: Namespace) -> Cleaned:
    """Deletes the stand-ins in the user's cache folder, which needs no engine."""
    from helpers.standins import making

    return Cleaned(*making.discard_cached(options.dry_run))


def _ready(options: Namespace, plan: forecast.Plan) -> None:
    with plan.step(forecast.ENGINE), _replay_offered(options):
        address = engine.ready(options.arguments, options.yes)
    plan.correct_images(address.host)


@contextmanager
def _replay_offered(options: Namespace) -> Iterator[None]:
    """If there is no engine to use and the command can replay, its error says so."""
    try:
        yield
    except SetupError as error:
        if options.command in _REPLAYING:
            error.hint = "\n".join(filter(None, [error.hint, _OFFER.format(command=options.command)]))
        raise


def _engine_with_base_images(options: Namespace, plan: forecast.Plan) -> DockerClient:
    """A client of an engine that has the base images, so that no build has to pull one."""
    _ready(options, plan)
    from helpers import standins
    from helpers.charts.lines import engine_line
    from helpers.charts.progress import progress
    from helpers.engine import connection
    from helpers.measure.store import ScanCache
    from helpers.standins import registry_check

    client = connection.connect()
    with plan.step(forecast.IMAGES), progress("Base images") as bar:
        permission = consent.permission(options.yes)
        images = standins.ensure(
            client,
            consent=permission,
            on_progress=bar,
            install=system_packages.install,
            cache=ScanCache(),
            official=options.pull,
        )
    reached = replace(connection.describe(client), address=connection.selected().host)  # in full: only the user sees it
    print(engine_line(reached, images), flush=True)
    if offer := registry_check.offer(client, images):
        print(offer, flush=True)
    return client

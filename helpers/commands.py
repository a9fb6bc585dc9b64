"""What each command does: makes the machine ready with `setup`, then hands over to the rooms that do the work.

Other rooms are imported inside the functions: they need the packages that the first step of each command brings.
"""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

from helpers.setup import (
    browser,
    consent,
    daemon,
    docker_command,
    engine,
    environment,
    installation,
    legacy_pth,
    packages,
    report,
)
from helpers.setup.folders import PROJECT

if TYPE_CHECKING:
    from docker import DockerClient


def execute(options: Namespace) -> int:
    """Do what was asked; the exit status."""
    return {
        "run": _run,
        "test": _test,
        "lab": _lab,
        "doctor": _doctor,
        "reset": _reset,
        "clean": _clean,
        "reference": _reference,
        "export": _export,
        "report": _report,
        "bench": _bench,
    }[options.command](options)


def _run(options: Namespace) -> int:
    environment.enter(options.arguments, options.yes)
    from helpers.course import sections

    chosen = sections.choose(options.section, options.from_number)
    client = _engine_with_base_images(options)
    from helpers.course import runner  # after the engine: what fails there should not wait for papermill's import
    from helpers.course.section import ALL, VARIANTS

    scenarios = VARIANTS if options.variants else ALL
    return runner.run(chosen, client, repeats=options.repeats, scenarios=scenarios)


def _test(options: Namespace) -> int:
    environment.enter(options.arguments, options.yes)
    if not options.fast:
        engine.ready(options.arguments, options.yes)
        browser.ready(options.yes)
        docker_command.ready(options.yes)
    from helpers.course import testing

    if options.fast:
        return testing.run_fast(options.passed_on)
    return testing.run_all(_engine_with_base_images(options), options.passed_on)


def _lab(options: Namespace) -> int:
    environment.enter(options.arguments, options.yes)
    from helpers.course import copies, lab

    root = engine.root_needed()
    if root:
        print(f"{root.reason} {lab.WOULD_BE_ROOT}\nTo run it as yourself, {root.instead}.", flush=True)
        consent.ask("Run JupyterLab as root.", options.yes, root.instead)
    _engine_with_base_images(options)
    for line in copies.update():
        print(line, flush=True)
    return lab.lab()


def _doctor(options: Namespace) -> int:
    if environment.is_ready():
        environment.enter(options.arguments, options.yes, install=False)
    whole = True
    for finding in chain(report.findings(), _base_images() if environment.is_ready() and engine.answers() else ()):
        print(finding, flush=True)
        whole = whole and finding.here
    return 0 if whole else 1


def _base_images() -> Iterator[report.Finding]:
    """What the engine can be asked once the packages are here: whether it can do the course, and what it has for it."""
    from helpers.engine import base_images, connection
    from helpers.records.errors import WorkbookError

    try:
        there = {image.reference: image.source for image in base_images.present(connection.connect())}
    except WorkbookError as error:
        yield report.Finding("Base images", False, error.message, error.hint)
        return
    for reference in base_images.REFERENCES:
        source = there.get(reference, "not on the engine yet")
        yield report.Finding(f"Base image {reference}", reference in there, source, report.FIX_ALL)


def _reset(options: Namespace) -> int:
    environment.enter(options.arguments, options.yes)
    from helpers.course import reset

    return reset.reset(options.section)


def _reference(options: Namespace) -> int:
    environment.enter(options.arguments, options.yes)
    from helpers.course import baseline

    return baseline.renew()


def _report(options: Namespace) -> int:
    environment.enter(options.arguments, options.yes)
    from helpers.course import redraw

    return redraw.redraw()


def _export(options: Namespace) -> int:
    environment.enter(options.arguments, options.yes)
    from helpers.course import export

    return export.export(options.folder)


def _bench(options: Namespace) -> int:
    environment.enter(options.arguments, options.yes)
    from benchmarks import runner

    chosen = runner.choose(options.name)
    engine.ready(options.arguments, options.yes)
    docker_command.ready(options.yes)
    return runner.run(chosen, _engine_with_base_images(options), str(docker_command.find()), options.repeats)


def _clean(options: Namespace) -> int:
    if environment.is_ready():
        environment.enter(options.arguments, options.yes, install=False)
    reached = environment.is_ready() and engine.reached(options.arguments)
    lines, left = _engine_cleaned(options) if reached else ([], [])
    lines += daemon.stop(options.dry_run)
    lines += installation.uninstall(options.dry_run)
    lines += legacy_pth.clean(PROJECT, options.dry_run)
    lines += packages.how_to_remove()
    lines += left
    print("\n".join(lines or ["There is nothing to remove."]))
    return 1 if left and not options.dry_run else 0


def _engine_cleaned(options: Namespace) -> tuple[list[str], list[str]]:
    """What was removed and what is left, in lines."""
    from helpers.engine import cleanup, connection
    from helpers.engine.failures import explained
    from helpers.experiment import cache_journal
    from helpers.records.errors import WorkbookError

    client = connection.connect()
    cleaned = cleanup.clean(client, options.dry_run, records=partial(cache_journal.removable, client))
    if not options.dry_run:
        with suppress(WorkbookError), explained():  # where the engine has gone away, this is among what is left
            cache_journal.sweep(client)
    return cleaned.done, cleaned.left


def _engine_with_base_images(options: Namespace) -> DockerClient:
    """An engine that answers and holds the base images, so that no build has to fetch one."""
    engine.ready(options.arguments, options.yes)
    from helpers.engine import base_images, connection
    from helpers.experiment.scan_cache import ScanCache
    from helpers.show.lines import engine_line
    from helpers.show.progress import progress

    client = connection.connect()
    with progress("Base images") as bar:
        leave = consent.leave(options.yes)
        images = base_images.ensure(client, consent=leave, on_progress=bar, install=packages.install, cache=ScanCache())
    reached = replace(connection.describe(client), address=connection.address())  # the user's own terminal: in full
    print(engine_line(reached, images), flush=True)
    return client

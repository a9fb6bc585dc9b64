"""Implements each command: sets up the machine with `helpers.setup`, then calls the package that does the work.

Packages other than `setup` are imported inside the functions: they need the dependencies that each command's first
step installs.
"""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

from helpers.setup import browser, consent, daemon, docker_command, engine, kernels, packages, python, report
from helpers.setup.folders import PROJECT

if TYPE_CHECKING:
    from docker import DockerClient


def execute(options: Namespace) -> int:
    """Run the chosen command and return its exit status."""
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
    python.enter(options.arguments, options.yes)
    from helpers.course import sections

    chosen = sections.choose(options.section, options.from_number)
    client = _engine_with_base_images(options)
    from helpers.course import runner  # after the engine, so that an engine error is not delayed by importing papermill
    from helpers.course.section import ALL, VARIANTS

    scenarios = VARIANTS if options.variants else ALL
    return runner.run(chosen, client, repeats=options.repeats, scenarios=scenarios)


def _test(options: Namespace) -> int:
    python.enter(options.arguments, options.yes)
    if not options.fast:
        engine.ready(options.arguments, options.yes)
        browser.ready(options.yes)
        docker_command.ready(options.yes)
    from helpers.course import testing

    if options.fast:
        return testing.run_fast(options.passed_on)
    return testing.run_all(_engine_with_base_images(options), options.passed_on)


def _lab(options: Namespace) -> int:
    python.enter(options.arguments, options.yes)
    from helpers.course import copies, lab

    root = engine.root_needed()
    if root:
        print(f"{root.reason} {lab.WOULD_BE_ROOT}\nTo run it as yourself, {root.instead}", flush=True)
        consent.ask("Run JupyterLab as root.", options.yes, root.instead)
    _engine_with_base_images(options)
    for line in copies.update():
        print(line, flush=True)
    return lab.lab()


def _doctor(options: Namespace) -> int:
    if python.is_ready():
        python.enter(options.arguments, options.yes, with_kernels=False)
    all_ok = True
    for finding in chain(report.findings(), _base_images() if python.is_ready() and engine.answers() else ()):
        print(finding, flush=True)
        all_ok = all_ok and finding.ok
    return 0 if all_ok else 1


def _base_images() -> Iterator[report.Finding]:
    """The base images on the engine, and whether it meets the course's needs; requires the Python packages."""
    from helpers.engine import base_images, connection
    from helpers.records.errors import WorkbookError

    try:
        sources = {image.reference: image.source for image in base_images.present(connection.connect())}
    except WorkbookError as error:
        yield report.Finding("Base images", False, error.message, error.hint)
        return
    for reference in base_images.REFERENCES:
        source = sources.get(reference, "not on this engine yet")
        yield report.Finding(f"Base image {reference}", reference in sources, source, report.FIX_ALL)


def _reset(options: Namespace) -> int:
    python.enter(options.arguments, options.yes)
    from helpers.course import reset

    return reset.reset(options.section)


def _reference(options: Namespace) -> int:
    python.enter(options.arguments, options.yes)
    from helpers.course import baseline

    return baseline.renew()


def _report(options: Namespace) -> int:
    python.enter(options.arguments, options.yes)
    from helpers.course import redraw

    return redraw.redraw()


def _export(options: Namespace) -> int:
    python.enter(options.arguments, options.yes)
    from helpers.course import export

    return export.export(options.folder)


def _bench(options: Namespace) -> int:
    python.enter(options.arguments, options.yes)
    from benchmarks import runner

    chosen = runner.choose(options.name)
    engine.ready(options.arguments, options.yes)
    docker_command.ready(options.yes)
    return runner.run(chosen, _engine_with_base_images(options), str(docker_command.find()), options.repeats)


def _clean(options: Namespace) -> int:
    if python.is_ready():
        python.enter(options.arguments, options.yes, with_kernels=False)
    reached = python.is_ready() and engine.reached(options.arguments)
    lines, left = _clean_engine(options) if reached else ([], [])
    lines += daemon.stop(options.dry_run)
    lines += kernels.forget(PROJECT, options.dry_run)
    lines += packages.how_to_remove()
    lines += left
    print("\n".join(lines or ["There is nothing to remove."]))
    return 1 if left and not options.dry_run else 0


def _clean_engine(options: Namespace) -> tuple[list[str], list[str]]:
    """One line for each thing that was removed, and one for each that was left."""
    from helpers.engine import cleanup, connection
    from helpers.engine.failures import explained
    from helpers.experiment import cache_journal
    from helpers.records.errors import WorkbookError

    client = connection.connect()
    cleaned = cleanup.clean(client, options.dry_run, records=partial(cache_journal.removable, client))
    if not options.dry_run:
        with suppress(WorkbookError), explained():  # an engine that stopped answering is already in `left`
            cache_journal.sweep(client)
    return cleaned.done, cleaned.left


def _engine_with_base_images(options: Namespace) -> DockerClient:
    """A client of an engine that has the base images, so that no build has to pull one."""
    engine.ready(options.arguments, options.yes)
    from helpers.engine import base_images, connection
    from helpers.experiment.scan_cache import ScanCache
    from helpers.show.lines import engine_line
    from helpers.show.progress import progress

    client = connection.connect()
    with progress("Base images") as bar:
        permission = consent.permission(options.yes)
        images = base_images.ensure(
            client, consent=permission, on_progress=bar, install=packages.install, cache=ScanCache()
        )
    reached = replace(connection.describe(client), address=connection.address())  # in full: only the user sees it
    print(engine_line(reached, images), flush=True)
    return client

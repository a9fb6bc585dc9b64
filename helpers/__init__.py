"""The Dockerfile Workbook: what a notebook uses, loaded when it is first used.

    from helpers import open_section

    section = open_section("04-copy-go-mod-first")
    section.difference()            what this Dockerfile changes
    section.build("cold")           builds, shows, measures: "cold", "unchanged", "source-edit", "dependency-edit"
    section.run()                   starts a container, asks /health, stops it
    section.sizes(), .times()       charts with their tables
    section.check()                 proves the section's claims

`python3 -m helpers --help` is the command line. Nothing is imported here before it is asked for, so that the command
line starts on a bare interpreter.
"""

from importlib import import_module

_MENU = {
    "ContainerError": "helpers.records.errors",
    "attempt": "helpers.course.attempt",
    "open_folder": "helpers.course.opening",
    "open_section": "helpers.course.opening",
    "pin": "helpers.course.pinning",
}

__all__ = sorted(_MENU)


def __getattr__(name):  # type: ignore[no-untyped-def]  # parses on Pythons too old for the annotation
    if name not in _MENU:
        raise AttributeError("module 'helpers' has no attribute {!r}; it has: {}".format(name, ", ".join(__all__)))
    return getattr(import_module(_MENU[name]), name)

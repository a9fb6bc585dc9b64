"""The Dockerfile Workbook: the names that notebooks import, each loaded on first use.

    from helpers import connect, open_section

    client = connect()              a docker.DockerClient, for the engine that `docker` uses
    section = open_section(client, "04-copy-go-mod-first")
    section.difference()            shows what this Dockerfile changes
    section.build("cold")           builds and measures: "cold", "unchanged", "source-edit", "dependency-edit"
    section.run()                   starts a container, asks /health, stops it
    section.sizes(), .times()       draw charts and their tables
    section.check()                 checks the section's claims
    help(section)                   lists everything else, on one screen

`python3 -m helpers --help` describes the command line. Imports are lazy so that the command line starts on a Python
without any packages.
"""

from importlib import import_module

_EXPORTS = {
    "ContainerError": "helpers.core.errors",
    "connect": "helpers.engine.connection",
    "open_clinic": "helpers.course.clinic_practice",
    "open_folder": "helpers.course.opening",
    "open_section": "helpers.course.opening",
    "pin": "helpers.course.opening",
}

__all__ = sorted(_EXPORTS)


def __getattr__(name: str) -> object:
    if name not in _EXPORTS:
        raise AttributeError("module 'helpers' has no attribute {!r}; it has: {}".format(name, ", ".join(__all__)))
    return getattr(import_module(_EXPORTS[name]), name)

"""What a build, an image, a container's run, a measurement and a claim *are*: frozen records."""

from helpers.core.records.build import Build, BuildInput, Instruction, Scenario
from helpers.core.records.image import Contents, FileCategory, Image, Layer, LayerContents, Node, Package, Packages
from helpers.core.records.measurement import (
    BaseImage,
    Check,
    Engine,
    Kind,
    Machine,
    Measurement,
    Replay,
    SectionRecord,
    Tally,
    Work,
)
from helpers.core.records.run import Health, Process, Progress, Run, Shutdown

__all__ = [
    "BaseImage",
    "Build",
    "BuildInput",
    "Check",
    "Contents",
    "Engine",
    "FileCategory",
    "Health",
    "Image",
    "Instruction",
    "Kind",
    "Layer",
    "LayerContents",
    "Machine",
    "Measurement",
    "Node",
    "Package",
    "Packages",
    "Process",
    "Progress",
    "Replay",
    "Run",
    "Scenario",
    "SectionRecord",
    "Shutdown",
    "Tally",
    "Work",
]

"""Frozen records of builds, images, container runs, measurements and checked claims; standard library only."""

from helpers.records.build import Build, Instruction
from helpers.records.claim import Check
from helpers.records.image import Contents, Image, Layer, LayerContents, Node, Package, Packages
from helpers.records.machine import BaseImage, Engine, Machine
from helpers.records.measurement import Measurement, SectionRecord
from helpers.records.progress import Progress
from helpers.records.run import Health, Process, Run, Shutdown
from helpers.records.scenario import Scenario
from helpers.records.work import Kind, Work

__all__ = [
    "BaseImage",
    "Build",
    "Check",
    "Contents",
    "Engine",
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
    "Run",
    "Scenario",
    "SectionRecord",
    "Shutdown",
    "Work",
]

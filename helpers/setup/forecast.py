"""Says how long a command will take on this machine, and how much of that is left when each step begins."""

import json
import re
import sys
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import quote

from helpers.core import section_times, time_left
from helpers.core.endpoint import find
from helpers.core.errors import SetupError
from helpers.core.paths import PROJECT, RUN_LOCK, TEST_LOCK, cache_folder
from helpers.core.section_times import Expected
from helpers.core.time_left import Steps
from helpers.setup import daemon, environment, handover, ping, probe
from helpers.setup.ping import Answer
from helpers.setup.probe import Speed

PACKAGES, ENGINE, IMAGES, TESTS = "Python packages", "Docker Engine", "base images", section_times.TESTS
_SECONDS = 1.0  # for each answer of the engine: an estimate isn't worth more
_STAND_IN = "dockerfile-workbook.stand-in"  # the label of stand-ins
# Measured 2026-11 on Debian 12 with two cores; used for what the probe couldn't measure.
_NETWORK, _DISK = 10e6, 150e6  # bytes per second


@dataclass(frozen=True)
class Cost:
    """What a step fetches and writes, in bytes, and how long it computes on the machine of the reference."""

    fetched: int
    written: int
    seconds: float

    def __add__(self, other: "Cost") -> "Cost":
        """The cost of both."""
        return Cost(self.fetched + other.fetched, self.written + other.written, self.seconds + other.seconds)

    def on(self, speed: Speed) -> float:
        """The seconds that it takes on a machine of that speed."""
        return (
            self.fetched / (speed.network or _NETWORK)
            + self.written / (speed.disk or _DISK)
            + self.seconds * slowness(speed)
        )


# Bytes: the sizes in `environment`, what apt said, and the recipes' figures in helpers/standins. Seconds of the
# packages: measured 2026-11 on Debian 12 with two cores. Seconds of the engine and of the images: estimates, made from
# a few whole steps on that machine (the engine's packages 5 to 8 s and its start 1 s, both stand-ins 60 to 141 s). No
# pull was measured.
_PACKAGES_SECONDS = {RUN_LOCK: 6.2, TEST_LOCK: 7.5}
_PACKAGES = {lock: Cost(*environment.SIZES[lock], seconds) for lock, seconds in _PACKAGES_SECONDS.items()}
_ENGINE = Cost(67_000_000, 261_000_000, 15.0)
_START = Cost(0, 0, 3.0)
PULLED = {"golang": Cost(300_000_000, 841_000_000, 10.0), "golang:1.19-bullseye": Cost(350_000_000, 973_000_000, 12.0)}
# Measured 2026-11 with two cores: both in 22 s.
CACHED = {"golang": Cost(0, 841_000_000, 5.0), "golang:1.19-bullseye": Cost(0, 973_000_000, 6.0)}
MADE = {"golang": Cost(234_000_000, 841_000_000, 40.0), "golang:1.19-bullseye": Cost(298_000_000, 973_000_000, 80.0)}


def slowness(speed: Speed) -> float:
    """How much longer this machine computes than the reference's; 1.0 if there is no reference."""
    reference = section_times.load().bytes_per_second
    return reference / speed.cpu if reference and speed.cpu else 1.0


@dataclass(frozen=True)
class Needs:
    """What a command still has to set up."""

    packages: Path | None = None  # the lock whose packages are missing
    engine: str = ""  # "install" or "start" if none answers
    images: tuple[str, ...] = ()  # the base images that the engine lacks

    def fetches(self) -> bool:
        """Whether something has to be fetched."""
        return bool(self.packages or self.engine == "install" or self.images)

    def costs(self, registry: bool) -> dict[str, Cost]:
        """The cost of each step; base images are pulled if a registry answers, else taken from the cache or made."""
        images = [_of_image(reference, registry) for reference in self.images]
        steps = {
            PACKAGES: _PACKAGES[self.packages] if self.packages else None,
            ENGINE: {"install": _ENGINE, "start": _START}.get(self.engine),
            IMAGES: sum(images, Cost(0, 0, 0.0)) if images else None,
        }
        return {step: cost for step, cost in steps.items() if cost}


def _of_image(reference: str, registry: bool) -> Cost:
    if registry:
        return PULLED[reference]
    return (CACHED if _is_cached(reference) else MADE)[reference]


def _is_cached(reference: str) -> bool:
    """Whether the cache folder has a stand-in for it, by the folder's name (helpers/standins/stand_in_cache.py)."""
    label = re.sub("[^a-z0-9.]", "_", reference)
    return any((cache_folder() / "stand-ins").glob(f"{label}-*-*/"))


def needs(lock: Path, with_engine: bool) -> Needs:
    """What has to be set up for a command; asks the engine, if one is needed, and nothing else."""
    packages = None if environment.is_ready(lock) else lock
    if not with_engine:
        return Needs(packages)
    try:
        address = find()
    except SetupError:  # the command itself reports it, with a hint
        return Needs(packages)
    answer = ping.ping(address.host, _SECONDS)
    if answer is Answer.NO_LISTENER and address.is_default and sys.platform == "linux":
        return Needs(packages, "start" if daemon.program() else "install", tuple(MADE))
    return Needs(packages, images=missing_images(address.host) if answer is Answer.HERE else ())


def missing_images(host: str) -> tuple[str, ...]:
    """The base images that the engine at that address has neither from a registry nor as a stand-in."""
    return tuple(reference for reference in MADE if not _has_image(host, reference))


def _has_image(host: str, reference: str) -> bool:
    label = quote(json.dumps({"label": [f"{_STAND_IN}={reference}"]}))
    return bool(
        ping.ask(host, f"/images/{quote(reference)}/json", _SECONDS)
        or ping.listed(host, f"/images/json?filters={label}", _SECONDS)
    )


@dataclass
class Plan:
    """The steps of a command, with the time that each is expected to take, and so with the sections in its last one."""

    steps: Steps
    sections: Steps

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Say that the step begins and how much is left; nothing if it isn't a step, is the only one, or is done.

        If the command starts over within the step, the step goes on there.
        """
        if name not in self.steps.expected or name in self.steps.taken:
            yield
            return
        if name != self.steps.current and len(self.steps.expected) > 1:
            print(self._heading(name), flush=True)
        self.steps.begin(name)
        with time_left.shown(self.steps):
            yield
        self.steps.end()

    def _heading(self, name: str) -> str:
        number, total = len(self.steps.taken) + 1, len(self.steps.expected)
        own = self.steps.expected[name] * self.steps.pace
        left = f"; {time_left.about(self.steps.left())} left in total" if number < total else ""
        return f"Step {number} of {total}: {name} ({time_left.about(own)}{left})"

    def correct_images(self, host: str) -> None:
        """Correct the step of the base images, now that an engine answers that was not there before."""
        if IMAGES in self.steps.expected and not missing_images(host):
            self.steps.drop(IMAGES)


def begin(
    lock: Path,
    sections: Sequence[str] = (),
    scenarios: str = "all",
    repeats: int = 1,
    engine: bool = True,
    done: Collection[str] = (),
) -> Plan:
    """The plan of a command that runs these sections, after printing how long it will take.

    Sections that are `done` aren't counted: the command continues an interrupted run. Their times are in the plan
    nevertheless, because the run may turn out to start over.
    If nothing has to be set up and the sections' times are known from this machine, nothing is probed. If the command
    was started over, the plan goes on, and nothing is printed or probed again.
    """
    before = handover.take()
    if before:
        plan = _continued(before)
    else:
        plan = _new(needs(lock, engine), section_times.expected(sections, scenarios, repeats), sections, done)
    handover.register(lambda: json.dumps(asdict(plan)))
    return plan


def _continued(text: str) -> Plan:
    return Plan(**{name: Steps(**steps) for name, steps in json.loads(text).items()})


def _new(needed: Needs, wanted: Expected, sections: Sequence[str], done: Collection[str]) -> Plan:
    speed = _speed(needed, wanted)
    costs = needed.costs(speed.registry)
    expected = {step: cost.on(speed) for step, cost in costs.items()}
    own = {**wanted.own, **time_left.scaled(wanted.foreign, slowness(speed))}
    if left := [seconds for section, seconds in own.items() if section not in done]:
        expected[name_of(sections, done)] = sum(left)
    unknown = [section for section in wanted.unknown if section not in done]
    if line := _line(expected, costs, unknown):
        print(line, flush=True)
    return Plan(Steps(expected), Steps({section: own[section] for section in sections if section in own}))


def _speed(needed: Needs, wanted: Expected) -> Speed:
    """The speed of this machine; without a probe if no time depends on it."""
    if needed == Needs() and not wanted.foreign:
        return Speed(section_times.load().bytes_per_second, _DISK)
    return probe.measure(PROJECT, needed.fetches(), bool(needed.images))


def name_of(sections: Sequence[str], done: Collection[str] = ()) -> str:
    """The name of the step that runs these sections, or those of them that aren't done."""
    if done:
        return f"{len({*sections} - {*done})} of {len(sections)} sections"
    return sections[0] if len(sections) == 1 else f"{len(sections)} sections"


def _line(expected: dict[str, float], costs: dict[str, Cost], unknown: Sequence[str]) -> str:
    """The forecast in one line; "" if nothing is known to take time."""
    if not any(expected.values()):
        return ""
    parts = [f"{step} {time_left.rounded(seconds)}{_fetched(costs.get(step))}" for step, seconds in expected.items()]
    without = f" Not included, because no time is known yet: {', '.join(unknown)}." if unknown else ""
    total = time_left.about(sum(expected.values()))
    return f"{total[0].upper()}{total[1:]} on this machine: {' · '.join(parts)}.{without}"


def _fetched(cost: Cost | None) -> str:
    return f" ({cost.fetched / 1e6:.0f} MB)" if cost and cost.fetched else ""

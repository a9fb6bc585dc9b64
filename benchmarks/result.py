"""The result of a benchmark: every single measurement and the limit it is judged by."""

from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Result:
    """Measurements of our code and, if there is one, of the tool it is compared with."""

    subject: str  # "build"
    name: str  # "unchanged"
    unit: str  # "s" | "MB"
    ours: tuple[float, ...] = ()
    theirs: tuple[float, ...] = ()  # measured alternately with ours; empty: no comparison
    against: str = ""  # the tool that theirs belong to: "docker build"
    limit: float | None = None  # of the ratio, or of our median without a comparison; None: not judged
    missing: str = ""  # why nothing was measured; "" if something was

    @property
    def title(self) -> str:
        """Subject and name: "build, unchanged"."""
        return f"{self.subject}, {self.name}"

    @property
    def medians(self) -> tuple[float | None, float | None]:
        """The medians of ours and theirs; None for what was not measured."""
        ours, theirs = (median(figures) if figures else None for figures in (self.ours, self.theirs))
        return ours, theirs

    @property
    def ratio(self) -> float | None:
        """Our median divided by theirs; None if either is missing."""
        ours, theirs = self.medians
        return ours / theirs if ours is not None and theirs else None

    @property
    def spread(self) -> tuple[float, float] | None:
        """Minimum and maximum of the pairs' ratios, or of our measurements without a comparison."""
        pairs = zip(self.ours, self.theirs, strict=True) if self.theirs else ()
        figures = [ours / theirs for ours, theirs in pairs if theirs] or self.ours
        return (min(figures), max(figures)) if figures else None

    @property
    def limit_met(self) -> bool | None:
        """Whether the limit is met; None if there is no limit or no measurement."""
        judged = self.ratio if self.against else self.medians[0]
        return None if judged is None or self.limit is None else judged <= self.limit

"""What a benchmark finds: every single figure, and what they must not exceed."""

from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Result:
    """Figures of ours, beside those of a raw tool where there is one."""

    subject: str  # "build"
    name: str  # "unchanged"
    unit: str  # "s" | "MB"
    ours: tuple[float, ...] = ()
    theirs: tuple[float, ...] = ()  # taken in turns with ours; none: ours stand alone
    against: str = ""  # whose theirs are: "docker build"
    limit: float | None = None  # of the ratio, or of our median where it stands alone; None: only told
    missing: str = ""  # why nothing was measured; "" where something was

    @property
    def title(self) -> str:
        """What was measured: "build, unchanged"."""
        return f"{self.subject}, {self.name}"

    @property
    def medians(self) -> tuple[float | None, float | None]:
        """Ours and theirs; None for what was not measured."""
        ours, theirs = (median(figures) if figures else None for figures in (self.ours, self.theirs))
        return ours, theirs

    @property
    def ratio(self) -> float | None:
        """Our median by theirs; None where there are not both."""
        ours, theirs = self.medians
        return ours / theirs if ours is not None and theirs else None

    @property
    def spread(self) -> tuple[float, float] | None:
        """The smallest and the largest: of the ratios, one a pair, or of our figures where they stand alone."""
        pairs = zip(self.ours, self.theirs, strict=True) if self.theirs else ()
        figures = [ours / theirs for ours, theirs in pairs if theirs] or self.ours
        return (min(figures), max(figures)) if figures else None

    @property
    def holds(self) -> bool | None:
        """Whether the limit is kept; None where there is none, or nothing was measured."""
        judged = self.ratio if self.against else self.medians[0]
        return None if judged is None or self.limit is None else judged <= self.limit

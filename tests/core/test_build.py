"""Tests of what a build's record says of its instructions."""

from itertools import permutations

from helpers.core.records import Instruction
from helpers.core.records.build import in_dockerfile_order

STEPS = (
    Instruction("[build 1/3] FROM golang", "a"),
    Instruction("[build 2/3] COPY . .", "b", inputs=("a", "context")),
    Instruction("[build 3/3] RUN go build", "c", inputs=("b",)),
    Instruction("[assets 1/2] FROM busybox", "d"),
    Instruction("[assets 2/2] RUN make", "e", inputs=("d",)),
    Instruction("[final 1/2] COPY --from=build /app /", "f", inputs=("c",)),
    Instruction("[final 2/2] COPY --from=assets /www /www", "g", inputs=("f", "e")),
)


def test_instructions_are_in_dockerfile_order_however_they_were_reported() -> None:
    for reported in permutations(STEPS):
        ordered = in_dockerfile_order(reported)
        assert [step.position for step in ordered] in ([1, 2, 3, 1, 2, 1, 2], [1, 2, 1, 2, 3, 1, 2])
        assert [step.stage for step in ordered][-2:] == ["final", "final"]
        assert {step.digest for step in ordered} == {step.digest for step in STEPS}

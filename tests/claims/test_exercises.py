"""Each exercise can be solved, and the section's unchanged Dockerfile does not solve it."""

import pytest

from helpers.course.attempt import NAME
from helpers.course.claims import exercise_of
from helpers.course.exercise import Exercise
from helpers.course.subject import Subject
from helpers.measure.claims import Claim, prove
from tests.claims.mutation import Change, append, both, swap
from tests.claims.subjects import Subjects

pytestmark = pytest.mark.engine

_TRIAL = "COPY main.go /\n"
_DEPENDENCIES = "RUN go build github.com/gin-gonic/gin github.com/jackc/pgx/v5/pgxpool"
_CERTIFICATES = "COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt"
_TIME_ZONES = "COPY --from=build /usr/local/go/lib/time/zoneinfo.zip /usr/local/go/lib/time/zoneinfo.zip"
_DOWNLOAD = """RUN --mount=type=cache,target=/go/pkg/mod \\
    go mod download
"""

SOLUTIONS = {
    "00": both(swap(_TRIAL, ""), swap("FROM scratch\n", f"FROM scratch\n{_TRIAL}")),
    "01": append("RUN go build -o /dev/null ./main.go"),
    "02": append("RUN go version | grep -F ' go1.19.'"),
    "03": swap('["./api-golang"]', '["sh", "-c", "echo starting; exec ./api-golang"]'),
    "04": swap("RUN go mod download", f"RUN go mod download\n{_DEPENDENCIES}"),
    "05": both(append(_CERTIFICATES), append(_TIME_ZONES)),
    "06": swap("PORT=8080", "PORT=9090"),
    "07": swap("USER nonroot", "USER 1001:1001"),
    "08": append("LABEL org.opencontainers.image.source=https://example.com/api-golang"),
    "09": swap(_DOWNLOAD, ""),
    "11": swap("-trimpath", "-trimpath -tags nomsgpack"),
}
_START_VARIANTS = {"00": "trial"}  # the variant that the exercise starts from


def _solved(exercise: Exercise, subject: Subject, dockerfile: str) -> bool:
    """Whether this Dockerfile solves the exercise, checked as the notebook checks it."""
    yours = subject.experiment.altered(NAME, dockerfile)
    return prove(Claim(exercise.task, lambda _: exercise.solved(subject, yours)), subject).passed


@pytest.mark.parametrize(("section", "solution"), SOLUTIONS.items(), ids=SOLUTIONS.keys())
def test_an_exercise_is_solved_only_by_its_solution(section: str, solution: Change, subjects: Subjects) -> None:
    subject, exercise = subjects.of(section), exercise_of(section)
    variant = _START_VARIANTS.get(section)
    start = (subject.variant(variant) if variant else subject.experiment).dockerfile
    assert not _solved(exercise, subject, start)
    assert _solved(exercise, subject, solution(start))
    subjects.remove(subject.experiment.altered(NAME, start))

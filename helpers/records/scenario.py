"""The four situations in which every Dockerfile is built."""

from enum import StrEnum


class Scenario(StrEnum):
    """What has changed since the previous build.

    A cold build is `docker build --no-cache` with cache mounts of its own: every RUN, COPY and ADD is run. (An empty
    WORKDIR may still be cached: BuildKit ignores --no-cache there.)
    """

    COLD = "cold"  # nothing is cached: neither instructions nor cache mounts
    UNCHANGED = "unchanged"  # the same build again
    SOURCE_EDIT = "source-edit"  # one line of source changed, differently each time
    DEPENDENCY_EDIT = "dependency-edit"  # one module changed, differently each time

"""The four situations in which every Dockerfile is built."""

from enum import StrEnum


class Scenario(StrEnum):
    """What has changed since the build before.

    A cold build is `docker build --no-cache` with cache mounts of its own: every RUN, COPY and ADD is carried out. (An
    empty WORKDIR may still come from the cache: BuildKit takes no notice of --no-cache there.)
    """

    COLD = "cold"  # nothing of this build is cached: neither instructions nor cache mounts
    UNCHANGED = "unchanged"  # the same build again
    SOURCE_EDIT = "source-edit"  # one line of source changed, in a way never seen before
    DEPENDENCY_EDIT = "dependency-edit"  # one module changed, in a way never seen before

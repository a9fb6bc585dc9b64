"""Two made-up builds with two stages, one partly cached."""

from helpers.core.records import Build, Instruction

CONTEXT = Instruction("[internal] load build context", "context", (), False, 0.0, 0.25)
EXPORT = Instruction("exporting to image", "export", (), False, 9.5, 10.0)


def step(name: str, digest: str, inputs: str, cached: bool | None, started: float, completed: float) -> Instruction:
    return Instruction(name, digest, tuple(inputs.split()), cached, started, completed)


COLD = Build(
    "cold",
    10.25,
    "sha256:1",
    (
        step("[build 2/3] COPY . .", "copy", "from context", False, 0.25, 0.5),
        step("[build 3/3] RUN --mount=type=cache,target=/go go build", "compile", "copy", False, 0.5, 9.0),
        step("[build 1/3] FROM docker.io/library/golang", "from", "", None, 0.0, 0.0),
        step("[certs 2/2] RUN update-ca-certificates", "certs", "from", False, 0.0, 3.0),
        step("[stage-2 1/1] COPY --from=build /api /api", "final", "compile certs", False, 9.0, 9.5),
    ),
    (CONTEXT, EXPORT),
)
SOURCE_EDIT = Build(
    "source-edit",
    2.0,
    "sha256:2",
    (
        step("[build 1/3] FROM docker.io/library/golang", "from", "", None, 0.0, 0.0),
        step("[build 2/3] COPY . .", "copy", "from context", False, 0.25, 0.5),
        step("[build 3/3] RUN --mount=type=cache,target=/go go build", "compile", "copy", False, 0.5, 1.5),
        step("[certs 2/2] RUN update-ca-certificates", "certs", "from", True, 0.0, 0.0),
        step("[stage-2 1/1] COPY --from=build /api /api", "final", "compile certs", False, 1.5, 1.75),
    ),
    (CONTEXT,),
)

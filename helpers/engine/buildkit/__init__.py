"""Builds with BuildKit through the Docker SDK, exactly as `docker build` makes them.

The SDK's own `images.build` is the classic builder. This package offers the engine a BuildKit session on the SDK's
connection, serves the build context over it, and reads the trace that comes back:

    context   what is sent: a folder, patterns, edits      patterns, follow, stat   its rules
    filesync  the gRPC service that sends it               session                  the connection it is offered on
    trace     what the engine did, vertex by vertex        answer                   the stream that it comes in
    build     one build from request to result

It needs docker, grpclib and protobuf, and of this project only the `Instruction` and `Progress` records.
"""

from helpers.engine.buildkit.build import Request, Result, build
from helpers.engine.buildkit.context import Context

__all__ = ["Context", "Request", "Result", "build"]

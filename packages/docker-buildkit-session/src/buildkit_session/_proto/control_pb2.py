"""The messages of control.proto; the .pyi file has their types."""

from buildkit_session._proto import messages

globals().update(messages("control.proto"))

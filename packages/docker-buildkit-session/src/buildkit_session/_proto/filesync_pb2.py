"""The messages of filesync.proto; the .pyi file has their types."""

from buildkit_session._proto import messages

globals().update(messages("filesync.proto"))

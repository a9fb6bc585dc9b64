"""What was read of images before: by names that stand for a content, so that it stays true."""

from collections.abc import MutableMapping

Memory = MutableMapping[str, bytes]

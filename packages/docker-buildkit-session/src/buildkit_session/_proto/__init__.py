"""BuildKit's messages, in a descriptor pool of this package's own.

A process has one default pool, which refuses a second definition of a message or a file name. If this package used it,
no other package with BuildKit's messages could be imported beside it. Generated Python code always uses the default
pool, and refuses a protobuf older than its generator. So there is none here: `messages.binpb` is the compiled form of
the .proto files, the classes are made from it at import, and the .pyi files declare them for type checkers.

After you change a .proto file, run this in this folder, with grpcio-tools and mypy-protobuf installed:

    python -m grpc_tools.protoc -I . --include_imports --descriptor_set_out=messages.binpb --mypy_out=. *.proto
"""

from importlib.resources import files

from google.protobuf.descriptor_pb2 import FileDescriptorSet
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

POOL = DescriptorPool()

for _file in FileDescriptorSet.FromString((files(__name__) / "messages.binpb").read_bytes()).file:
    POOL.AddSerializedFile(_file.SerializeToString())


def messages(file: str) -> dict[str, type[Message]]:
    """The classes of a .proto file's messages, by name."""
    return {name: GetMessageClass(each) for name, each in POOL.FindFileByName(file).message_types_by_name.items()}

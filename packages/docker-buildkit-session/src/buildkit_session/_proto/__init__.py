"""BuildKit's messages, in a descriptor pool of this package's own.

protobuf's default pool is shared by everything in a process, and refuses a second definition of a message or a file
name: another package with BuildKit's messages could then not be imported beside this one. For the same reason there is
no generated code here, which always registers in the default pool and refuses an older protobuf than its generator's:
`messages.binpb` is what protoc made of the .proto files, and the .pyi files say which classes come of it. After a
change of a .proto file, in this folder, with grpcio-tools and mypy-protobuf:

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

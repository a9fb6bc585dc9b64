"""BuildKit's messages live in a pool of their own, so that other packages may have them too."""

import os
import re
import subprocess
import sys
from pathlib import Path

import buildkit_session
import pytest
from buildkit_session._proto import POOL
from google.protobuf import descriptor_pool

# Another package with the same file names and the same messages, otherwise defined
CLASH = """
from google.protobuf import descriptor_pb2, descriptor_pool
def register():
    for name, package, message in (("control.proto", "moby.buildkit.v1", "Vertex"), ("auth.proto", "other", "Login"),
                                   ("filesync.proto", "fsutil.types", "Packet")):
        file = descriptor_pb2.FileDescriptorProto(name=name, package=package, syntax="proto3")
        file.message_type.add(name=message).field.add(name="other", number=9, type=9, label=1)
        descriptor_pool.Default().AddSerializedFile(file.SerializeToString())
    assert "other" in descriptor_pool.Default().FindMessageTypeByName("moby.buildkit.v1.Vertex").fields_by_name
def use():
    from buildkit_session._proto.control_pb2 import StatusResponse, Vertex
    from buildkit_session._proto.filesync_pb2 import Packet
    vertex = Vertex(digest="1", name="step")
    vertex.started.FromNanoseconds(1_500_000_000)
    status = StatusResponse.FromString(StatusResponse(vertexes=[vertex]).SerializeToString())
    assert status.vertexes[0].started.ToNanoseconds() == 1_500_000_000
    assert Packet(type=Packet.PACKET_FIN).type == 3
"""


@pytest.mark.machine
@pytest.mark.parametrize("order", ["register(); use()", "use(); register(); use()"])
@pytest.mark.parametrize("implementation", ["upb", "python"])
def test_another_package_may_define_the_same_names(order: str, implementation: str) -> None:
    source = Path(buildkit_session.__file__).parents[1]
    environment = {**os.environ, "PYTHONPATH": str(source), "PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION": implementation}
    subprocess.run([sys.executable, "-W", "ignore", "-c", f"{CLASH}\n{order}"], env=environment, check=True, timeout=60)


@pytest.mark.parametrize("file", ["auth", "control", "filesync", "secrets"])
def test_what_was_compiled_is_what_the_proto_files_say(file: str) -> None:
    folder = Path(buildkit_session.__file__).parent / "_proto"
    text, types = (folder / f"{file}.proto").read_text(), (folder / f"{file}_pb2.pyi").read_text()
    written = {
        (message, name, int(number))
        for message, body in re.findall(r"^message (\w+) \{\n(.*?)^\}", text, re.MULTILINE | re.DOTALL)
        for name, number in re.findall(r"^  \w[\w.<>, ]* (\w+) = (\d+);", body, re.MULTILINE)
    }
    messages = POOL.FindFileByName(f"{file}.proto").message_types_by_name
    assert written == {(name, each.name, each.number) for name, message in messages.items() for each in message.fields}
    assert written and all(f"{field.upper()}_FIELD_NUMBER" in types for _, field, _ in written)


def test_nothing_of_ours_is_in_the_pool_that_everybody_shares() -> None:
    assert POOL.FindMessageTypeByName("moby.buildkit.v1.Vertex")
    with pytest.raises(KeyError):
        descriptor_pool.Default().FindMessageTypeByName("moby.buildkit.v1.Vertex")

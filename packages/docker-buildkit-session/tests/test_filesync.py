"""What is sent to the engine, frame by frame, without an engine."""

import asyncio
import os
import struct
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from buildkit_session import Context
from buildkit_session._filesync import _FRAME, _Outbox, _Transfer
from buildkit_session._proto.filesync_pb2 import Packet
from grpclib.server import Stream


class Engine:
    """A stream at whose other end is an engine that asks for these files once it has the list."""

    def __init__(self, asks_for: tuple[int, ...] = ()) -> None:
        self.frames: list[bytes] = []
        self._stream = SimpleNamespace(send_data=self._receive)
        self._asks_for = asks_for

    @property
    def stream(self) -> Stream[Packet, Packet]:
        """This engine as the type that the code expects."""
        return cast(Stream[Packet, Packet], self)

    async def _receive(self, data: bytes) -> None:
        self.frames.append(data)

    async def send_initial_metadata(self) -> None:
        """This engine ignores it."""

    async def __aiter__(self) -> AsyncIterator[Packet]:
        for number in self._asks_for:
            yield Packet(type=Packet.PACKET_REQ, ID=number)
        yield Packet(type=Packet.PACKET_FIN)

    def packets(self) -> Iterator[Packet]:
        """What arrived, put together again."""
        data = b"".join(self.frames)
        while data:
            compressed, size = struct.unpack("!?I", data[:5])
            assert not compressed
            yield Packet.FromString(data[5 : 5 + size])
            data = data[5 + size :]


def put(engine: Engine, packets: list[Packet], flush: bool) -> None:
    """Has an outbox send the packets."""

    async def work() -> None:
        outbox = _Outbox(engine.stream)
        for packet in packets:
            await outbox.put(packet)
        if flush:
            await outbox.flush()

    asyncio.run(work())


def test_small_packets_share_frames_and_arrive_as_they_were() -> None:
    packets = [Packet(type=Packet.PACKET_REQ, ID=number) for number in range(5000)]
    engine = Engine()
    put(engine, packets, flush=True)
    assert [*engine.packets()] == packets
    assert len(engine.frames) == -(-sum(map(len, engine.frames)) // _FRAME) > 1


def test_without_being_told_to_it_sends_whole_frames_alone() -> None:
    engine = Engine()
    put(engine, [Packet(type=Packet.PACKET_DATA, data=bytes(40_000))], flush=False)
    assert [len(frame) for frame in engine.frames] == [2 * _FRAME]


@pytest.mark.parametrize("size", [0, 1, 16 * 1024, 100_000])
def test_a_file_arrives_whole_behind_the_list_and_its_bytes_are_counted(tmp_path: Path, size: int) -> None:
    (tmp_path / "asked").write_bytes(content := os.urandom(size))
    (tmp_path / "known").write_bytes(b"the engine has it")
    engine = Engine(asks_for=(0,))
    assert asyncio.run(_Transfer(engine.stream).send(Context(tmp_path).entries())) == size
    packets = [*engine.packets()]
    assert [packet.stat.path for packet in packets[:3]] == ["asked", "known", ""]
    assert b"".join(packet.data for packet in packets[3:]) == content
    assert packets[-2] == Packet(type=Packet.PACKET_DATA, ID=0)
    assert packets[-1].type == Packet.PACKET_FIN

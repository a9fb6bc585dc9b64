"""The one service that a client must offer for a build: sending the files that the engine does not have yet.

`moby.filesync.v1.FileSync/DiffCopy`: we report every path (STAT), the engine asks for the contents it lacks (REQ), we
send them (DATA), and both say that they have finished (FIN). tonistiigi/fsutil `send.go` is the model.
"""

import asyncio
import struct
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote_plus

from grpclib.const import Cardinality, Handler, Status
from grpclib.exceptions import GRPCError
from grpclib.server import Stream

from buildkit_session._compat import send_frame
from buildkit_session._entry import Entry, chunks
from buildkit_session._proto.filesync_pb2 import Packet
from buildkit_session._sources import Sources
from buildkit_session.context import Source

METHOD = "/moby.filesync.v1.FileSync/DiffCopy"

_FRAME = 16 * 1024  # bytes: the largest frame that an HTTP/2 connection takes unless it says otherwise
_HEAD = struct.Struct("!?I")  # of each gRPC message: whether it is compressed, its length

_END_OF_LIST = Packet(type=Packet.PACKET_STAT)
_FIN = Packet(type=Packet.PACKET_FIN)


class FileSync:
    """Serves named folders to the engine and counts the bytes of files sent from each."""

    def __init__(self, folders: Mapping[str, Source]) -> None:
        self._folders = folders
        self.sent = dict.fromkeys(folders, 0)

    def __mapping__(self) -> dict[str, Handler]:
        return {METHOD: Handler(self._diff_copy, Cardinality.STREAM_STREAM, Packet, Packet)}

    async def _diff_copy(self, stream: Stream[Packet, Packet]) -> None:
        name = _option(stream, "dir-name")[0]
        if name not in self._folders:
            raise GRPCError(Status.NOT_FOUND, f"no access allowed to dir {name!r}")
        include = _option(stream, "include-patterns") + _option(stream, "followpaths")
        transfer = _Transfer(stream)
        try:
            entries = self._folders[name].entries(include, _option(stream, "exclude-patterns"))
            self.sent[name] += await transfer.send(entries)
        except* (OSError, UnicodeEncodeError) as errors:  # unreadable, or a name that is no UTF-8
            reason = "; ".join(str(error) for error in errors.exceptions)
            await stream.send_message(Packet(type=Packet.PACKET_ERR, data=reason.encode()))
            raise GRPCError(Status.UNKNOWN, reason) from errors


class _Outbox:
    """Packets on their way to the engine, as many in a frame as fit.

    grpclib sends each message in a frame of its own, which for a path of a hundred bytes costs more than all the rest.
    """

    def __init__(self, stream: Stream[Packet, Packet]) -> None:
        self._stream = stream
        self._waiting = bytearray()

    async def put(self, packet: Packet) -> None:
        """Sends the packet with those that wait, or has it wait for more."""
        message = packet.SerializeToString()
        self._waiting += _HEAD.pack(False, len(message))
        self._waiting += message
        if len(self._waiting) >= _FRAME:
            await self._send(len(self._waiting) // _FRAME * _FRAME)

    async def flush(self) -> None:
        """Sends all that waits."""
        if self._waiting:
            await self._send(len(self._waiting))

    async def _send(self, size: int) -> None:
        data = bytes(self._waiting[:size])
        del self._waiting[:size]
        await send_frame(self._stream, data)


class _Transfer:
    """One DiffCopy call. Requests are taken in while the list still goes out, or both sides would wait forever."""

    def __init__(self, stream: Stream[Packet, Packet]) -> None:
        self._stream, self._outbox = stream, _Outbox(stream)
        self._sources = Sources()
        self._requested: asyncio.Queue[int | None] = asyncio.Queue()

    async def send(self, entries: Iterator[Entry]) -> int:
        """Sends the list and what is asked for of it; the bytes of file contents that went out."""
        await self._stream.send_initial_metadata()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._read_requests())
            await self._send_list(entries)
            sent = await self._send_requested()
        await self._outbox.put(_FIN)
        await self._outbox.flush()
        return sent

    async def _read_requests(self) -> None:
        async for packet in self._stream:
            if packet.type == Packet.PACKET_REQ:
                self._requested.put_nowait(packet.ID)
            elif packet.type == Packet.PACKET_FIN:
                break
            elif packet.type == Packet.PACKET_ERR:
                raise ConnectionAbortedError(packet.data.decode(errors="replace"))
        self._requested.put_nowait(None)

    async def _send_list(self, entries: Iterator[Entry]) -> None:
        for entry in entries:
            self._sources.append(entry.source)
            await self._outbox.put(Packet(type=Packet.PACKET_STAT, stat=entry.stat))
        await self._outbox.put(_END_OF_LIST)
        await self._outbox.flush()

    async def _send_requested(self) -> int:
        sent = 0
        while (number := await self._next_request()) is not None:
            for piece in chunks(self._sources[number]):
                sent += len(piece)
                await self._outbox.put(Packet(type=Packet.PACKET_DATA, ID=number, data=piece))
            await self._outbox.put(Packet(type=Packet.PACKET_DATA, ID=number))
        return sent

    async def _next_request(self) -> int | None:
        """What the engine asks for next; before we wait for it, it has all that it asked for."""
        if self._requested.empty():
            await self._outbox.flush()
        return await self._requested.get()


def _option(stream: Stream[Packet, Packet], name: str) -> list[str]:
    """The values of a request header; newer engines escape what is not ASCII and say so."""
    metadata: Any = stream.metadata  # a multidict: a header may stand there several times
    values = [str(value) for value in metadata.getall(name, [])]
    if metadata.get(f"{name}-encoded") in ("1", "true"):
        return [unquote_plus(value) for value in values]
    return values

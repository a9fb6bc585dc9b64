"""A container's process as the host sees it: user, capabilities, listening ports, memory."""

import re
from typing import Any, cast

from docker import DockerClient
from docker.models.containers import Container
from docker.utils import version_gte

from helpers.core.errors import BaseImageError, ContainerError
from helpers.core.names import HELPERS
from helpers.core.records.run import Process
from helpers.engine.base_images import found
from helpers.engine.ephemeral import output

# The capabilities in the order of their bits, from the kernel's include/uapi/linux/capability.h.
CAPABILITIES = (
    "CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE "
    "NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN "
    "SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE "
    "MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE"
)
# proc_pid_status(5): https://man7.org/linux/man-pages/man5/proc_pid_status.5.html
CAPABILITY_SETS = {
    "inheritable": "CapInh",
    "permitted": "CapPrm",
    "effective": "CapEff",
    "bounding": "CapBnd",
    "ambient": "CapAmb",
}
_LISTENING = re.compile(r"^\s*\d+: ([0-9A-F]+):([0-9A-F]{4}) \S+ 0A ", re.MULTILINE)  # proc(5): state 0A is LISTEN
_DNS_SERVER = "0B00007F"  # 127.0.0.11: the engine's DNS server, in every network except its default one
_LOOPBACK = re.compile(r"^(?:......7F|0{24}01000000|0{16}FFFF0000......7F)$")  # words in host byte order


def process_of(client: DockerClient, container: Container, helper: str | None = None) -> Process:
    """User, group and effective capabilities of the container's first process.

    Raises BaseImageError if there is no image for the helper, ContainerError if the container has exited.
    """
    return parse_status(status_of(client, container, helper))


def status_of(client: DockerClient, container: Container, helper: str | None = None) -> str:
    """The text of /proc/<pid>/status of the container's first process. Raises as process_of."""
    return _read(client, container, helper, "/proc/1/status")


def listening_ports(client: DockerClient, container: Container, helper: str | None = None) -> dict[int, bool]:
    """The TCP ports that the container listens on: True if reachable from outside its loopback."""
    return parse_listening(_read(client, container, helper, "/proc/1/net/tcp", "/proc/1/net/tcp6"))


def helper_image(client: DockerClient) -> str:
    """The ID of an image that has `cat` and `perl`: one of the course's base images.

    Raises BaseImageError if the engine has none of them.
    """
    for reference in HELPERS:
        if image := found(client, reference):
            return image.id
    raise BaseImageError(
        f"The engine has no image for the helper container: neither {' nor '.join(HELPERS)}.",
        "Fetch the base images with `python3 -m helpers run`",
    )


def parse_status(status: str) -> Process:
    """The effective IDs and the capabilities from the text of /proc/<pid>/status."""
    fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    user, group = (int(fields[key].split()[1]) for key in ("Uid", "Gid"))  # real, effective, saved, file system
    effective, bounding = (capability_names(int(fields[key], 16)) for key in ("CapEff", "CapBnd"))
    return Process(user, group, effective, bounding, fields["NoNewPrivs"] == "1")


def parse_capability_sets(status: str) -> dict[str, tuple[str, ...]]:
    """Each capability set in the text of /proc/<pid>/status: "inheritable", "permitted", "effective" and so on."""
    fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    return {name: capability_names(int(fields[key], 16)) for name, key in CAPABILITY_SETS.items()}


def capability_names(bits: int) -> tuple[str, ...]:
    """The names of the capabilities in a set: CAP_CHOWN for bit 0; CAP_<bit> for bits that are newer than our list."""
    known = {number: f"CAP_{name}" for number, name in enumerate(CAPABILITIES.split())}
    return tuple(known.get(number, f"CAP_{number}") for number in range(bits.bit_length()) if bits >> number & 1)


def parse_listening(tables: str) -> dict[int, bool]:
    """Ports in state LISTEN from the text of /proc/net/tcp and tcp6: True if reachable from outside loopback.

    Ignores the engine's DNS server.
    """
    ports: dict[int, bool] = {}
    for address, port in _LISTENING.findall(tables):
        if address == _DNS_SERVER:
            continue
        number = int(port, 16)
        ports[number] = ports.get(number, False) or not _LOOPBACK.match(address)
    return ports


def _read(client: DockerClient, container: Container, helper: str | None, *paths: str) -> str:
    status, text = output(
        client,
        helper or helper_image(client),
        ["cat", *paths],
        entrypoint=[],
        user="0",
        pid_mode=f"container:{container.id}",
        network_mode="none",
        cap_drop=["ALL"],
        security_opt=["no-new-privileges"],
        read_only=True,
    )
    if status != 0 and not text.strip():
        raise ContainerError(f"The container could not be inspected: the helper exited with status {status}.")
    return text


_ONE_SHOT = "1.41"  # API version that added one-shot: the engine doesn't wait a second for a second sample


def memory_of(client: DockerClient, container: Container) -> int | None:
    """Bytes that the container uses, without reclaimable file pages; None if the engine doesn't report memory.

    Calculated like `docker stats` (docker/cli: cli/command/container/stats_helpers.go).
    """
    once = version_gte(client.api.api_version, _ONE_SHOT) or None
    return parse(cast(dict[str, Any], container.stats(stream=False, one_shot=once)))


def parse(answer: dict[str, Any]) -> int | None:
    """The bytes from a response of `GET /containers/<id>/stats`."""
    memory = answer.get("memory_stats") or {}
    details = memory.get("stats") or {}
    usage: int | None = memory.get("usage")
    if usage is None:  # no memory controller, as in some rootless engines
        return None
    reclaimable: int = details.get("total_inactive_file", details.get("inactive_file", 0))  # cgroup v1, v2
    return usage - reclaimable if reclaimable < usage else usage

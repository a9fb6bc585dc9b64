"""Parsing what procfs shows of a container."""

import pytest

from helpers.core.records import Process
from helpers.engine.procfs import capability_names, parse_capability_sets, parse_listening, parse_status

STATUS = """\
Name:\tapi-golang
Umask:\t0022
State:\tS (sleeping)
Pid:\t1
Uid:\t0\t1001\t1001\t1001
Gid:\t0\t1002\t1002\t1002
Groups:\t1002
CapInh:\t0000000000000000
CapPrm:\t0000000000000000
CapEff:\t00000000a80425fb
CapBnd:\t00000000a80425fb
CapAmb:\t0000000000000400
NoNewPrivs:\t0
"""
HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode"
ZEROS = "00000000:00000000 00:00000000 00000000     0        0 60561 1 0000000000000000 100 0 0 10 0"


def table(*sockets: str) -> str:
    return "\n".join([HEAD, *(f"   {number}: {each} {ZEROS}" for number, each in enumerate(sockets))]) + "\n"


def test_the_effective_ids_are_used() -> None:
    process = parse_status(STATUS)
    assert (process.uid, process.gid) == (1001, 1002)


def test_an_engines_default_capabilities_have_their_names() -> None:
    """Docker's default set, as listed on docs.docker.com/engine/containers/run."""
    assert parse_status(STATUS).has_dockers_default
    assert {name.removeprefix("CAP_") for name in parse_status(STATUS).effective_capabilities} == {
        *("AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "NET_RAW"),
        *("SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"),
    }


def test_an_empty_set_has_no_capabilities() -> None:
    text = STATUS.replace("CapEff:\t00000000a80425fb", "CapEff:\t0000000000000000")
    assert parse_status(text).effective_capabilities == ()


def test_bounding_and_effective_capabilities_are_distinguished() -> None:
    text = STATUS.replace("CapEff:\t00000000a80425fb", "CapEff:\t0000000000000000")
    expected = parse_status(STATUS).effective_capabilities
    assert parse_status(text) == Process(1001, 1002, (), expected, no_new_privileges=False)
    locked = text.replace("CapBnd:\t00000000a80425fb", "CapBnd:\t0").replace("NoNewPrivs:\t0", "NoNewPrivs:\t1")
    assert parse_status(locked) == Process(1001, 1002, (), (), no_new_privileges=True)


def test_each_capability_set_is_read_from_its_own_line() -> None:
    text = STATUS.replace("CapInh:\t0000000000000000", "CapInh:\t0000000000000001")
    default = parse_status(STATUS).effective_capabilities
    assert parse_capability_sets(text) == {
        "inheritable": ("CAP_CHOWN",),
        "permitted": (),
        "effective": default,
        "bounding": default,
        "ambient": ("CAP_NET_BIND_SERVICE",),
    }


@pytest.mark.parametrize(
    ("bits", "names"),
    [
        (1, ("CAP_CHOWN",)),
        (1 << 21, ("CAP_SYS_ADMIN",)),
        (1 << 40, ("CAP_CHECKPOINT_RESTORE",)),
        (1 << 41, ("CAP_41",)),
    ],
)
def test_each_bit_is_one_capability(bits: int, names: tuple[str, ...]) -> None:
    assert capability_names(bits) == names


@pytest.mark.parametrize(
    ("socket", "ports"),
    [
        ("00000000:1F90 00000000:0000 0A", {8080: True}),  # 0.0.0.0
        ("0100007F:1F90 00000000:0000 0A", {8080: False}),  # 127.0.0.1
        ("0B00007F:8123 00000000:0000 0A", {}),  # 127.0.0.11, the engine's DNS server
        ("00000000000000000000000000000000:1F90 00000000000000000000000000000000:0000 0A", {8080: True}),  # ::
        ("00000000000000000000000001000000:1F90 00000000000000000000000000000000:0000 0A", {8080: False}),  # ::1
        ("0000000000000000FFFF00000100007F:1F90 00000000000000000000000000000000:0000 0A", {8080: False}),
        ("020011AC:1F90 010011AC:D2F4 01", {}),  # a connection, not a listening socket
    ],
)
def test_only_sockets_in_state_listen_count(socket: str, ports: dict[int, bool]) -> None:
    assert parse_listening(table(socket)) == ports


def test_a_port_is_reachable_if_one_of_its_addresses_is() -> None:
    both = table("0100007F:1F90 00000000:0000 0A", "00000000:1F90 00000000:0000 0A", "0100007F:1F90 00000000:0000 0A")
    assert parse_listening(both) == {8080: True}

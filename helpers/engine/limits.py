"""What every container that runs an image of the reader's or the course's may not do, and how much it may take."""

from collections.abc import Mapping
from typing import Any

from docker.types import LogConfig

# `go run` of section 01 compiles as many packages at a time as the machine has cores. Measured on two cores, with that
# number set by hand: 2 at a time hold 0.50 GB in 21 threads, 16 hold 0.64 GB in 137, 64 hold 0.72 GB in 686.
MEMORY = "2g"
HARDENED_MEMORY = "64m"
PROCESSES = 2048  # threads count too
NO_NEW_PRIVILEGES = "no-new-privileges"
# The driver is named, since the options of another would be refused; two files, since an engine may be set to compress
# the older one, and then refuses a single file.
LOG = LogConfig(type=LogConfig.types.JSON, config={"max-size": "8m", "max-file": "2"})


def limited(
    *, hardened: bool = False, memory: str | None = None, processes: int = PROCESSES, new_privileges: bool = False
) -> dict[str, Any]:
    """The options of the SDK's create that limit a container; the processors aren't limited, for they are measured.

    Docker's default capabilities stay, unless `hardened`: then none is left, and the root file system is read-only.
    https://docs.docker.com/engine/containers/resource_constraints/
    """
    most = memory or (HARDENED_MEMORY if hardened else MEMORY)
    options: dict[str, Any] = {"mem_limit": most, "memswap_limit": most, "pids_limit": processes}
    if hardened or not new_privileges:
        options["security_opt"] = [NO_NEW_PRIVILEGES]
    return options | ({"read_only": True, "cap_drop": ["ALL"]} if hardened else {})


def not_enforced(info: Mapping[str, Any]) -> str:
    """Which limits the engine of that `GET /info` only warns about, as rootless ones may; "" where it keeps them."""
    names = {"MemoryLimit": "memory", "PidsLimit": "processes"}
    missing = [name for key, name in names.items() if info.get(key) is False]
    return f"this engine can't limit {' or '.join(missing)}" if missing else ""

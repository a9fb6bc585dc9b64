"""The restrictions and resource limits of every container that runs an image of the course or the learner."""

from collections.abc import Mapping
from typing import Any

from docker.types import LogConfig

# `go run` in section 01 compiles as many packages in parallel as the machine has cores. Measured on two cores with that
# number set explicitly: 2 in parallel use 0.50 GB and 21 threads, 16 use 0.64 GB and 137, 64 use 0.72 GB and 686.
MEMORY = "2g"
HARDENED_MEMORY = "64m"
PROCESSES = 2048  # including threads
NO_NEW_PRIVILEGES = "no-new-privileges"
# Names the driver, because the engine's default driver may reject these options. Two files, because an engine that is
# configured to compress rotated logs rejects a single file.
LOG = LogConfig(type=LogConfig.types.JSON, config={"max-size": "8m", "max-file": "2"})


def limited(
    *, hardened: bool = False, memory: str | None = None, processes: int = PROCESSES, new_privileges: bool = False
) -> dict[str, Any]:
    """The options of the SDK's create that limit a container. CPU isn't limited, because it is measured.

    `hardened` drops all capabilities and makes the root file system read-only; otherwise Docker's defaults apply.
    https://docs.docker.com/engine/containers/resource_constraints/
    """
    most = memory or (HARDENED_MEMORY if hardened else MEMORY)
    options: dict[str, Any] = {"mem_limit": most, "memswap_limit": most, "pids_limit": processes}
    if hardened or not new_privileges:
        options["security_opt"] = [NO_NEW_PRIVILEGES]
    return options | ({"read_only": True, "cap_drop": ["ALL"]} if hardened else {})


def not_enforced(info: Mapping[str, Any]) -> str:
    """A note on limits that the engine can't enforce, by its `GET /info`, as with some rootless engines; "" if none."""
    names = {"MemoryLimit": "memory", "PidsLimit": "processes"}
    missing = [name for key, name in names.items() if info.get(key) is False]
    return f"this engine can't limit {' or '.join(missing)}" if missing else ""

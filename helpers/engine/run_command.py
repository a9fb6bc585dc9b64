"""The Docker CLI's and curl's equivalents of a run."""

import shlex
from collections.abc import Mapping, Sequence

from helpers.core.masking import secret_build_args
from helpers.engine.ephemeral import HARDENED_MEMORY, MEMORY, NO_NEW_PRIVILEGES, PROCESSES
from helpers.engine.http_client import in_url


def run_commands(
    image: str,
    name: str,
    address: str | None,
    *,
    port: int = 8080,
    path: str = "/health",
    environment: Mapping[str, str] | None = None,
    command: Sequence[str] | None = None,
    hardened: bool = False,
    memory: str | None = None,
    processes: int = PROCESSES,
    new_privileges: bool = False,
    **_others: object,
) -> list[str]:
    """The commands that start such a container by that name, send it a request, and stop it, which removes it.

    `address` is where the engine publishes the port; None if it publishes none, which leaves no request to send.
    The other options are those of container.run, of which those that only measure have no equivalent.
    A variable that may be secret has only its name, after a line that exports it: its value is left to the user.
    The course's network, which separates containers from each other, is left out: nothing else depends on it.
    https://docs.docker.com/reference/cli/docker/container/run/
    """
    most = memory or (HARDENED_MEMORY if hardened else MEMORY)
    words = ["docker", "run", "--rm", "--detach", "--name", name]
    words += ["-p", f"{in_url(address)}::{port}"] if address else []
    variables = environment or {}
    hidden = [variable for variable, value in variables.items() if secret_build_args({variable: value})]
    for variable, value in variables.items():
        words += ["-e", variable if variable in hidden else f"{variable}={value}"]
    words += ["--memory", most, "--memory-swap", most, "--pids-limit", str(processes)]
    words += [] if new_privileges and not hardened else ["--security-opt", NO_NEW_PRIVILEGES]
    words += ["--read-only", "--cap-drop", "ALL"] if hardened else []
    run = shlex.join([*words, image, *(command or [])])
    request = [f'curl "http://$(docker port {shlex.quote(name)} {port}){path}"'] if address else []
    exports = [f"export {variable}='its value, which the course hides'" for variable in hidden]
    return [*exports, run, *request, f"docker stop {shlex.quote(name)}"]

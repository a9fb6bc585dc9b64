"""The entry point of the command line: checks the Python version, then runs the command and reports its errors."""

import errno
import sys

OLDEST = (3, 11)
INTERRUPTED = 130


def main(arguments: "list[str]") -> int:
    """Run one command and return its exit status: 0, 1 if a section or test failed, 2 if it could not start."""
    if sys.version_info < OLDEST:
        return _report(_too_old(), 2)
    from helpers import commands
    from helpers.core.errors import SetupError, WorkbookError
    from helpers.core.paths import cache_folder
    from helpers.setup import privileges

    try:
        return commands.execute(commands.read(arguments))
    except (SetupError, WorkbookError) as error:
        return _report(str(error), error.exit_status)
    except KeyboardInterrupt:
        return _report("Interrupted. Finished work is kept; run the same command again to continue.", INTERRUPTED)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        return _report(f"The disk is full: {error}.\n→ Free some disk space, then run the same command again.", 2)
    finally:
        privileges.give_back()
        privileges.give_back(cache_folder())


def _too_old() -> str:
    import shutil

    names = ("python3.14", "python3.13", "python3.12", "python3.11")
    newer = next((name for name in names if shutil.which(name)), "")
    hint = f"Use {newer} instead of python3." if newer else "Install Python 3.11 or newer."
    current = ".".join(str(part) for part in sys.version_info[:3])
    return f"The workbook needs Python 3.11 or newer, but this is Python {current}.\n→ {hint}"


def _report(message: str, status: int) -> int:
    """Print the message to standard error and return the status."""
    sys.stdout.flush()
    print(message, file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The command line: makes the machine ready with `setup`, then hands over to the rooms that do the work."""

import errno
import sys

OLDEST = (3, 11)
INTERRUPTED = 130


def main(arguments: "list[str]") -> int:
    """Carry out one command and say how it ended: 0, 1 where a section or a test failed, 2 where it could not begin."""
    if sys.version_info < OLDEST:
        return _told(_too_old(), 2)
    from helpers import commands
    from helpers.records.errors import WorkbookError
    from helpers.setup import options, privileges
    from helpers.setup.errors import SetupError

    try:
        return commands.execute(options.read(arguments))
    except (SetupError, WorkbookError) as error:
        return _told(str(error), error.exit_status)
    except KeyboardInterrupt:
        return _told("Interrupted. What was finished is kept; give the same command again to go on.", INTERRUPTED)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        return _told(f"The disk is full.\n→ make room, then give the same command again: {error}", 2)
    finally:
        privileges.give_back()


def _too_old() -> str:
    import shutil

    names = ("python3.14", "python3.13", "python3.12", "python3.11")
    newer = next((name for name in names if shutil.which(name)), "")
    hint = f"use {newer} in the place of python3" if newer else "install Python 3.11 or newer"
    here = ".".join(str(part) for part in sys.version_info[:3])
    return f"The workbook needs Python 3.11 or newer, and this is Python {here}.\n→ {hint}"


def _told(sentence: str, status: int) -> int:
    sys.stdout.flush()
    print(sentence, file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

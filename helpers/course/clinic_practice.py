"""The error clinic as its notebook uses it: see a case fail, repair it, check the repair, ask for help."""

from helpers.charts.difference import Difference, difference
from helpers.core.errors import WorkbookError
from helpers.course import clinic
from helpers.course.clinic import Case, Repair
from helpers.course.hints import Hints
from helpers.course.menu import menu
from helpers.course.section import Section

WANTED = "a 200 from /health, and an exit with code 0 within five seconds after SIGTERM"
KEPT = "the same response, log, user and size as the case asks for, besides the 200 and the clean exit"


class Clinic:
    """The broken cases of section 13, and which of them you have repaired."""

    def __init__(self, section: Section) -> None:
        self._section = section
        self._cases = {case.name: Patient(case, section) for case in clinic.cases()}
        self.__doc__ = menu(self)

    def __repr__(self) -> str:
        return f"Error clinic: {', '.join(self._cases)}"

    def case(self, name: str) -> "Patient":
        """The case with that name.

        Raises WorkbookError if there is none.
        """
        return self._cases[clinic.case_named(name).name]

    def progress(self) -> None:
        """Prints how many cases you have repaired, and which are left."""
        left = [name for name, case in self._cases.items() if not case.repaired]
        self._section.reporter.clinic_progress(len(self._cases), left)


class Patient:
    """One broken case: see it fail, check your repair, ask for a hint, see the solution."""

    def __init__(self, case: Case, section: Section) -> None:
        self._case, self._section = case, section
        self._hints = Hints(case.hints, section.reporter, case.variable)
        self.repaired = False
        self.__doc__ = menu(self)

    def __repr__(self) -> str:
        return f"Case {self._case.name}: {self._case.title}"

    def fail(self) -> None:
        """Builds and runs the broken case, and prints the message; and its Dockerfile, if that isn't what's broken."""
        dockerfile = "" if self._case.edits == clinic.DOCKERFILE else self._case.dockerfile
        with self._section.reporter.progress(f"clinic: {self._case.name}") as listener:
            result = clinic.examined(self._section.client, self._case.name, False, listener)
        self._section.reporter.case_failed(dockerfile, str(result.phase), result.message)

    def check(self, yours: Repair) -> None:
        """Builds and runs your repair, and prints what was observed next to what is wanted.

        What you haven't changed isn't built.
        """
        repair = yours.strip() + "\n" if isinstance(yours, str) else yours
        if repair == self._case.start:
            self._section.reporter.case_untouched(self._case.variable, self._case.question, self._case.edits)
            return
        with self._section.reporter.progress(f"clinic: your repair of {self._case.name}") as listener:
            result = clinic.examine(self._section.client, self._case, repair, listener)
        self.repaired = self.repaired or result.runs
        wanted = KEPT if result.phase == clinic.Phase.LOST else WANTED
        self._section.reporter.case_checked(self._case.variable, result.runs, str(result.phase), result.message, wanted)

    def hint(self) -> None:
        """Prints the next hint."""
        self._hints.give()

    def solution(self) -> Difference:
        """Shows what the solution changes, and prints why it works."""
        self._section.reporter.explanation(self._case.explanation)
        return difference(_text(self._case.start), _text(self._case.solution))


def open_clinic(section: Section) -> Clinic:
    """The cases of section 13, none of them examined yet.

    Raises WorkbookError if it is another section.
    """
    if section.experiment.name != clinic.SECTION:
        raise WorkbookError(
            f"{section.experiment.name} has no error clinic.",
            f'Open it with open_section(client, "{clinic.SECTION}").',
        )
    clinic.forget()
    return Clinic(section)


def _text(repair: Repair) -> str:
    return repair if isinstance(repair, str) else f"{dict(repair)}\n"

"""What `help` prints of an object in a notebook: a line for each public method, on one screen."""

import inspect
from collections.abc import Iterator

_SHOWN_PARAMETERS = 3  # a method with more shows this many, then "…"


def menu(thing: object) -> str:
    """A line for each public method and property of the object's class, in the order of its definition.

    Set as an object's `__doc__`, it is what `help(thing)` prints instead of every method's full documentation.
    """
    about = inspect.getdoc(type(thing)) or ""
    width = max(len(call) for call, _ in _lines(thing))
    listed = "\n".join(f"  {call:{width}}  {sentence}" for call, sentence in _lines(thing))
    return f"{about}\n\n{listed}\n\nFor the parameters of a method, pass the method: help(section.run)."


def _lines(thing: object) -> Iterator[tuple[str, str]]:
    """Each public method with its parameters, and the first sentence of its docstring."""
    for name, member in vars(type(thing)).items():
        if not name.startswith("_"):
            call = f".{name}" + (_parameters(member) if inspect.isfunction(member) else "")
            yield call, (inspect.getdoc(member) or "").partition("\n")[0]


def _parameters(method: object) -> str:
    known = inspect.signature(method).parameters.values() if callable(method) else ()
    names = [f"*{each.name}" if each.kind is each.VAR_POSITIONAL else each.name for each in known][1:]
    return f"({', '.join(names[:_SHOWN_PARAMETERS] + ['…'] * (len(names) > _SHOWN_PARAMETERS))})"

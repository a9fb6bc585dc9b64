"""The widget: its content, and that the summary replaces it. No front end is needed."""

from html.parser import HTMLParser

import pytest
from ipywidgets import Widget  # type: ignore[import-untyped]

from helpers.charts.progress import Live, Snapshot, markup
from helpers.charts.rich import bundle
from helpers.core.records import Progress

SNAPSHOT = Snapshot("01-naive: cold build", Progress("[4/6] RUN <go> build", 3, 6, "compiling <net>"), 12.5)


class Page(HTMLParser):
    """The words on a page and its progress element."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.words = ""
        self.bar: dict[str, str | None] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag == "progress":
            self.bar = dict(attributes)

    def handle_data(self, data: str) -> None:
        self.words += data


def test_it_shows_the_step_the_last_log_line_the_part_and_the_time() -> None:
    page = Page(markup(SNAPSHOT))
    for words in (SNAPSHOT.title, "3 of 6", "12 s", "[4/6] RUN <go> build", "compiling <net>"):
        assert words in page.words


def test_the_bar_is_labelled_for_assistive_technology() -> None:
    bar = Page(markup(SNAPSHOT)).bar
    assert (bar["value"], bar["max"], bar["aria-label"]) == ("3", "6", SNAPSHOT.title)


def test_without_a_known_number_of_parts_the_bar_has_no_value() -> None:
    assert "value" not in Page(markup(Snapshot("x", Progress("RUN y"), 1.0))).bar


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, object]]:
    """The messages a front end would get, in order."""
    sent: list[tuple[str, object]] = []
    monkeypatch.setattr("helpers.charts.progress.DisplayHandle.display", lambda self, it: sent.append(("display", it)))
    monkeypatch.setattr(
        "helpers.charts.progress.DisplayHandle.update", lambda self, it, raw: sent.append(("update", it))
    )
    return sent


def test_the_widget_appears_once_and_is_replaced_by_the_summary(shown: list[tuple[str, object]]) -> None:
    live = Live()
    live.show(SNAPSHOT)
    live.show(Snapshot(SNAPSHOT.title, Progress("[5/6] COPY", 4, 6), 13.0))
    (kind, widget), *_ = shown
    assert (kind, len(shown)) == ("display", 1)
    assert isinstance(widget, Widget) and "[5/6] COPY" in widget.value
    live.end("cold build: 13.0 s")
    assert shown[1:] == [("update", bundle("cold build: 13.0 s"))]
    assert widget.comm is None


def test_a_short_task_shows_its_summary_and_no_widget(
    shown: list[tuple[str, object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("helpers.charts.progress.display", lambda it, raw: shown.append(("whole", it)))
    Live().end("unchanged build: 0.07 s")
    assert shown == [("whole", bundle("unchanged build: 0.07 s"))]

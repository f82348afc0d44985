"""Pages that plugins add to the dashboard: blocks of words, tables and charts made from a run's results."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from popsim.store import Results


@dataclass(frozen=True)
class Words:
    """A paragraph; Markdown.

    Attributes:
        text: the paragraph.
    """

    text: str


@dataclass(frozen=True)
class Rows:
    """A table.

    Attributes:
        columns: headings.
        rows: one value for each heading.
        caption: what the table shows.
    """

    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    caption: str = ""

    def records(self) -> list[dict[str, Any]]:
        """The rows as mappings from heading to value."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


@dataclass(frozen=True)
class Chart:
    """A chart in the grammar of Vega-Lite.

    Attributes:
        data: the rows it shows.
        spec: a Vega-Lite specification without its data.
        caption: what the chart shows, also for those who cannot see it.
    """

    data: Rows
    spec: Mapping[str, Any] = field(default_factory=dict)
    caption: str = ""


Block = Words | Rows | Chart


@dataclass(frozen=True)
class Panel:
    """A page of the dashboard.

    Attributes:
        name: stable id, the page's address.
        label: its title.
        blocks: what it shows of a run, from top to bottom.
        icon: name of a Material symbol.
    """

    name: str
    label: str
    blocks: Callable[[Results], Iterable[Block]]
    icon: str = "extension"

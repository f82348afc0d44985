"""What procedures share: done once on a day, they act from then on, and what goes wrong goes wrong on that day."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np
from pydantic import Field

from popsim.hooks import Harm, Intervention, Params, PeopleView, Today

if TYPE_CHECKING:
    from numpy.typing import NDArray


class ProcedureParams(Params):
    """When it is done."""

    on_day: int = Field(0, ge=0, le=36_500, description="Day of the procedure, counted from 0; it acts from then on")


class Procedure(Intervention):
    """Done once; acts from that day on."""

    Params: ClassVar[type[Params]] = ProcedureParams
    params: ProcedureParams

    def acts_today(self, people: PeopleView, today: Today) -> NDArray[np.bool_]:
        """Everybody who has it, from the day of the procedure on."""
        return np.full(len(people), today.day >= self.params.on_day)

    def once(self, event: str, share: float) -> Harm:
        """Something that goes wrong for this share of people on the day of the procedure."""
        return Harm(event, lambda people, today: np.full(len(people), share * (today.day == self.params.on_day)))

"""What interventions in hospital share: a rule in words says which inpatients get them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from popsim.hooks import RULE_PATTERN, AnyParams, Intervention, Params, PeopleView, ScoreRule, Today

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray


class InpatientParams(Params):
    """Which inpatients."""

    policy: str = Field(
        "everyone",
        pattern=RULE_PATTERN,
        description="everyone, nobody, or risk scores with thresholds such as 'padua >= 4 and improve-bleeding < 7'",
    )


class ForInpatients(Intervention):
    """Acts from admission to discharge on the inpatients whom the rule selects, judged anew every day."""

    Params: ClassVar[type[Params]] = InpatientParams
    params: InpatientParams

    def __init__(self, params: AnyParams, evidence: Mapping[str, float]) -> None:
        super().__init__(params, evidence)
        self._rule = ScoreRule.parse(self.params.policy)

    def scores(self) -> Sequence[str]:
        """The scores in the rule."""
        return self._rule.scores

    def acts_today(self, people: PeopleView, today: Today) -> NDArray[np.bool_]:
        """Inpatients whom the rule selects."""
        if not today.in_hospital.any():
            return today.in_hospital
        return today.in_hospital & self._rule.holds(len(people), today.score)

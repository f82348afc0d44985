"""Risk traits: smoking, inherited thrombophilia, hormones, pregnancy, disease and earlier clots."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from popsim.people.population import COLUMNS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from popsim.people.making import Making

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]


def smoker(people: Making) -> Flags:
    """Smokes now, by age and sex."""
    return people.chance("smoker", people.share("smoker"))


def non_o_blood(people: Making) -> Flags:
    """Blood group A, B or AB."""
    return people.chance("non_o_blood", people.value("non_o_blood_share"))


def factor_v_leiden(people: Making) -> Flags:
    """Carries factor V Leiden."""
    return people.chance("factor_v_leiden", people.value("factor_v_leiden_share"))


def prothrombin_g20210a(people: Making) -> Flags:
    """Carries prothrombin G20210A."""
    return people.chance("prothrombin_g20210a", people.value("prothrombin_share"))


def pregnant(people: Making) -> Flags:
    """Pregnant or within six weeks of birth."""
    return people.chance("pregnant", people.share("pregnant"))


def oral_contraceptive(people: Making) -> Flags:
    """Takes the pill; never while pregnant, with the overall share by age kept."""
    probability = people.share("oral_contraceptive") / np.maximum(1.0 - people.share("pregnant"), 1e-9)
    return np.asarray(people.chance("oral_contraceptive", probability) & ~people["pregnant"])


def hormone_therapy(people: Making) -> Flags:
    """Takes oral menopausal hormone therapy; never together with the pill or a pregnancy."""
    excluded = people["oral_contraceptive"] | people["pregnant"]
    taken = people.share("oral_contraceptive") + people.share("pregnant")
    probability = people.share("hormone_therapy") / np.maximum(1.0 - taken, 1e-9)
    return np.asarray(people.chance("hormone_therapy", probability) & ~excluded)


def transdermal_hormones(people: Making) -> Flags:
    """Takes menopausal hormones through the skin; never together with other hormones or a pregnancy."""
    excluded = people["oral_contraceptive"] | people["pregnant"] | people["hormone_therapy"]
    taken = sum(people.share(trait) for trait in ("oral_contraceptive", "pregnant", "hormone_therapy"))
    probability = people.share("transdermal_hormones") / np.maximum(1.0 - taken, 1e-9)
    return np.asarray(people.chance("transdermal_hormones", probability) & ~excluded)


def active_cancer(people: Making) -> Flags:
    """Cancer diagnosed or treated in the last half year."""
    return people.chance("active_cancer", people.share("active_cancer"))


def chemotherapy(people: Making) -> Flags:
    """Gets chemotherapy: some of those with active cancer."""
    treated = people.chance("chemotherapy", people.value("chemotherapy_share_of_active_cancer"))
    return np.asarray(treated & people["active_cancer"])


def heart_failure(people: Making) -> Flags:
    """Chronic heart failure."""
    return people.chance("heart_failure", people.share("heart_failure"))


def prior_vte(people: Making) -> Flags:
    """Had a clot before: by age, likelier in carriers of factor V Leiden, with the overall share by age kept."""
    ratio = people.value("prior_vte_ratio_factor_v_leiden")
    relative = _in_carriers(people["factor_v_leiden"], people.value("factor_v_leiden_share"), ratio)
    return people.chance("prior_vte", people.share("prior_vte") * relative)


def family_history_vte(people: Making) -> Flags:
    """A close relative had a clot: likelier in carriers, who share genes with them, with the overall share kept."""
    relative = np.ones(len(people.ids))
    for gene, share in (("factor_v_leiden", "factor_v_leiden_share"), ("prothrombin_g20210a", "prothrombin_share")):
        ratio = people.value(f"family_history_vte_ratio_{gene}")
        relative *= _in_carriers(people[gene], people.value(share), ratio)
    return people.chance("family_history_vte", people.share("family_history_vte") * relative)


def _in_carriers(carrier: Flags, share: float, ratio: float) -> Floats:
    """Relative probability of a trait that is so much likelier in carriers, one in the mean of all."""
    return np.asarray(np.where(carrier, ratio, 1.0) / (1.0 + share * (ratio - 1.0)))


def fidget_factor(people: Making) -> Floats:
    """Movement bursts relative to the median person, log-normal."""
    sigma = people.value("fidget_factor_log_sd")
    column, factor = COLUMNS["fidget_factor"], np.exp(sigma * people.draws.normal("people.fidget_factor", people.ids))
    return np.clip(factor, column.low, column.high)

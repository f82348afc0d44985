"""Who lives in the simulation: synthetic people, cohorts from files, and how they die of other causes."""

from popsim.people.cohort import Cohort, load_cohort
from popsim.people.mortality import daily_death_hazard
from popsim.people.population import AGE_GROUPS, COLUMNS, LEFT, RIGHT, Column, Population, Sex, Work
from popsim.people.summary import population_summary
from popsim.people.synthesis import synthesise
from popsim.people.where import Where

__all__ = [
    "AGE_GROUPS",
    "COLUMNS",
    "LEFT",
    "RIGHT",
    "Cohort",
    "Column",
    "Population",
    "Sex",
    "Where",
    "Work",
    "daily_death_hazard",
    "load_cohort",
    "population_summary",
    "synthesise",
]

"""From stagnation to clots: hazard, thresholds, and the first steps of what a clot does."""

"""The dashboard: a run's results, a person's day and the leg itself, in a browser on this machine."""

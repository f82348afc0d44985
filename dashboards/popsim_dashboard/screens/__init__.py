"""The pages, one file each; every page has ``show(run)``."""

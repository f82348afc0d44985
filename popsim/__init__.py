"""popsim: how whole populations use, or don't use, the second heart in their legs."""

__version__ = "0.1.0"

"""Make instruction data sets with the Self-Instruct method."""

__version__ = "0.1.0"

"""The command line: one file per command, thin; wires the packages together, holds no logic."""

__version__ = "0.1.0"

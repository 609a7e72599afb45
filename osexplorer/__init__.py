"""osexplorer: see and change what the operating system keeps about files and processes."""

__version__ = "0.1.0"

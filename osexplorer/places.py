"""Where the settings file and the journals are. On the way of ``--help``, so it imports nothing that takes time."""

from __future__ import annotations

import os
import sys


def default_path() -> str | None:
    """Where the file is looked for when nothing names one; None for a user without a home directory."""
    if sys.platform == "darwin":
        import platformdirs

        directory = platformdirs.user_config_dir("osexplorer")
    else:  # platformdirs says the same here, and takes 13 ms to import
        base = os.environ.get("XDG_CONFIG_HOME", "")
        if not os.path.isabs(base):  # "must be ignored", says the specification
            base = os.path.join(os.path.expanduser("~"), ".config")
        directory = os.path.join(base, "osexplorer")
    return os.path.join(directory, "config.toml") if os.path.isabs(directory) else None


def state_directory() -> str | None:
    """Where journals are kept, as platformdirs.user_state_dir says; None for a user without a home directory."""
    if sys.platform == "darwin":
        import platformdirs

        directory = platformdirs.user_state_dir("osexplorer")
    else:
        base = os.environ.get("XDG_STATE_HOME", "")
        if not os.path.isabs(base):
            base = os.path.join(os.path.expanduser("~"), ".local", "state")
        directory = os.path.join(base, "osexplorer")
    return directory if os.path.isabs(directory) else None

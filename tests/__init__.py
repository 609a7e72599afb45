"""Tests, in the layers of the program: model, system, services, commands, ui, pty (end to end), arch (the rules)."""

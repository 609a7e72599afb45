"""Measurements beside other programs, in one run: ``python -m tests.bench``. pytest collects nothing here."""

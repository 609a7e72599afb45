"""The async service layer: state, streams of updates, cancellation. Usable and tested without a screen.

Services take and return plain data from :mod:`osexplorer.model`; they reach the system only through
:class:`osexplorer.services.door.Door`.
"""

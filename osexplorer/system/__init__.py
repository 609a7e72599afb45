"""The only code that touches the operating system: plain blocking functions, one file a subject.

Every system call that changes something, and every one whose failure a person should see, is made through
:func:`osexplorer.system.calls.read` or :func:`~osexplorer.system.calls.change`, so that it appears in the call log
as it was.
"""

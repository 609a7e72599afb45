"""The Textual interface: the app, one file a pane, one a dialog, the one list widget."""

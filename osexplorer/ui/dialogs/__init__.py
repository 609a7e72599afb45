"""One file a dialog. A dialog asks one question and dismisses with a plain value."""

"""The one list widget, used by every pane.

`columns` decides which columns fit, `cells` turns values into text of exact width, `source` is what a pane puts
behind the list, `widget` draws it and moves the cursor.
"""

from osexplorer.ui.rowlist.cells import Cell, Span
from osexplorer.ui.rowlist.columns import Column
from osexplorer.ui.rowlist.source import RowSource, TableSource
from osexplorer.ui.rowlist.widget import RowList

__all__ = ["Cell", "Column", "RowList", "RowSource", "Span", "TableSource"]

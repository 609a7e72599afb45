"""One of each service, sharing one door and one undo stack. A service is made when it is first asked for."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from osexplorer.services.door import Door
from osexplorer.services.undo import Undo

if TYPE_CHECKING:
    from osexplorer.services.attributes import FileAttributes
    from osexplorer.services.audit import Audit
    from osexplorer.services.bookmarks import Bookmarks
    from osexplorer.services.child_history import ChildHistory
    from osexplorer.services.child_rules import ChildRules
    from osexplorer.services.child_waits import ChildWaits
    from osexplorer.services.children import Children
    from osexplorer.services.environment import Environment
    from osexplorer.services.files import Files
    from osexplorer.services.find import Find
    from osexplorer.services.history import Visited
    from osexplorer.services.measure import Measure
    from osexplorer.services.operations import Operations
    from osexplorer.services.permissions import Permissions
    from osexplorer.services.preview import Previews
    from osexplorer.services.processes import Processes
    from osexplorer.services.profiles import Profiles
    from osexplorer.services.programs import Programs
    from osexplorer.services.reading import Begun
    from osexplorer.services.recursive import Recursive
    from osexplorer.services.run_over import RunsOver
    from osexplorer.services.tasks import Tasks
    from osexplorer.services.templates import Templates
    from osexplorer.services.times import FileTimes
    from osexplorer.services.tree import Tree
    from osexplorer.services.typed_path import TypedPaths
    from osexplorer.services.why import Why


class Session:
    """What one run of the program works with. Needs no screen.

    Args:
        refresh_seconds: how often the process table is sampled while somebody looks at it.
        keep_children: how many ended children are remembered beyond the end of the program.
        begun: a reading of the first directory that is under way already.
    """

    def __init__(
        self,
        door: Door | None = None,
        *,
        refresh_seconds: float = 2.0,
        keep_children: int = 500,
        begun: Begun | None = None,
    ) -> None:
        self.door = door or Door()
        self._begun = begun
        self.undo = Undo()
        self.refresh_seconds = refresh_seconds
        self.keep_children = keep_children

    @cached_property
    def files(self) -> Files:
        """The listing of the working directory."""
        from osexplorer.services.files import Files

        return Files(self.door, begun=self._begun)

    @cached_property
    def find(self) -> Find:
        """Finds entries below a directory."""
        from osexplorer.services.find import Find

        return Find(self.door)

    @cached_property
    def audit(self) -> Audit:
        """Finds what is worth a look about permissions below a directory."""
        from osexplorer.services.audit import Audit

        return Audit(self.door)

    @cached_property
    def visited(self) -> Visited:
        """The directories listed in this run, for going back and forward."""
        from osexplorer.services.history import Visited

        return Visited(self.files)

    @cached_property
    def bookmarks(self) -> Bookmarks:
        """The directories to be found again."""
        from osexplorer.services.bookmarks import Bookmarks

        return Bookmarks(self.door)

    @cached_property
    def typed_paths(self) -> TypedPaths:
        """Paths as a person types them."""
        from osexplorer.services.typed_path import TypedPaths

        return TypedPaths(self.door, self.environment)

    @cached_property
    def tree(self) -> Tree:
        """The tree of directories."""
        from osexplorer.services.tree import Tree

        return Tree(self.door)

    @cached_property
    def permissions(self) -> Permissions:
        """Status of a file, and changes of its mode."""
        from osexplorer.services.permissions import Permissions

        return Permissions(self.door, self.undo)

    @cached_property
    def times(self) -> FileTimes:
        """Access and modification times."""
        from osexplorer.services.times import FileTimes

        return FileTimes(self.door, self.undo)

    @cached_property
    def attributes(self) -> FileAttributes:
        """ACLs, extended attributes, capabilities and inode flags."""
        from osexplorer.services.attributes import FileAttributes

        return FileAttributes(self.door, self.undo)

    @cached_property
    def why(self) -> Why:
        """Who may do what, and which rule decides."""
        from osexplorer.services.why import Why

        return Why(self.door, self.permissions, self.attributes)

    @cached_property
    def previews(self) -> Previews:
        """Looks into files."""
        from osexplorer.services.preview import Previews

        return Previews(self.door)

    @cached_property
    def recursive(self) -> Recursive:
        """Changes of modes and owners of whole trees."""
        from osexplorer.services.recursive import Recursive

        return Recursive(self.door, self.undo, self.tasks)

    @cached_property
    def operations(self) -> Operations:
        """Making, renaming, copying, moving and removing."""
        from osexplorer.services.operations import Operations

        return Operations(self.door, self.undo, self.tasks)

    @cached_property
    def environment(self) -> Environment:
        """The variables that children inherit."""
        from osexplorer.services.environment import Environment

        return Environment(self.door, self.undo)

    @cached_property
    def profiles(self) -> Profiles:
        """Environments that have a name."""
        from osexplorer.services.profiles import Profiles

        return Profiles(self.door)

    @cached_property
    def programs(self) -> Programs:
        """An editor, a pager, a shell."""
        from osexplorer.services.programs import Programs

        return Programs(self.door, self.environment)

    @cached_property
    def processes(self) -> Processes:
        """The machine's processes."""
        from osexplorer.services.processes import Processes

        return Processes(self.door, self.refresh_seconds)

    @cached_property
    def children(self) -> Children:
        """What was launched here."""
        self.child_rules  # noqa: B018 - it carries out the rules that launches bring along, so it is there before them
        return self.child_history.children

    @cached_property
    def child_rules(self) -> ChildRules:
        """Time limits, restarts and runs after changes."""
        from osexplorer.services.child_rules import ChildRules

        return ChildRules(self.door, self.child_history.children)

    @cached_property
    def child_history(self) -> ChildHistory:
        """What is remembered of children, of earlier runs too."""
        from osexplorer.services.child_history import ChildHistory
        from osexplorer.services.children import Children

        return ChildHistory(self.door, Children(self.door), keep=self.keep_children)

    @cached_property
    def child_waits(self) -> ChildWaits:
        """Waiting for children, and what is to be told of them."""
        from osexplorer.services.child_waits import ChildWaits

        return ChildWaits(self.children, self.child_rules)

    @cached_property
    def templates(self) -> Templates:
        """Launches that have a name."""
        from osexplorer.services.templates import Templates

        return Templates(self.door)

    @cached_property
    def runs_over(self) -> RunsOver:
        """Runs of a command over files, a child each."""
        from osexplorer.services.run_over import RunsOver

        return RunsOver(self.children, self.child_rules, self.tasks)

    @cached_property
    def tasks(self) -> Tasks:
        """Long work under way."""
        from osexplorer.services.tasks import Tasks

        return Tasks(self.door)

    @cached_property
    def measure(self) -> Measure:
        """Counts what lies below a directory, as a task."""
        from osexplorer.services.measure import Measure

        return Measure(self.door, self.tasks)

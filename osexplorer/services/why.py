"""May somebody do something to a file, and which rule decides?

why = Why(door, permissions, attributes)
answer = await why.ask("/srv/report", Question.READ, user="ada")
if answer.decisive: print(answer.decisive.rule)
"""

from __future__ import annotations

from osexplorer.model.accounts import Account
from osexplorer.model.credentials import Credentials
from osexplorer.model.deciding import decide
from osexplorer.model.errors import Refused
from osexplorer.model.remedies import Remedy
from osexplorer.model.who_can import WhoCan, who_can
from osexplorer.model.why import Answer, Question
from osexplorer.services.attributes import FileAttributes
from osexplorer.services.door import Door
from osexplorer.services.permissions import Permissions
from osexplorer.system import accounts
from osexplorer.system.attempts import attempt
from osexplorer.system.why import walk_for


class Why:
    """Answers questions about access.

    Args:
        permissions: makes the changes of modes that are offered.
        attributes: makes those of ACLs and flags.
    """

    def __init__(self, door: Door, permissions: Permissions, attributes: FileAttributes) -> None:
        self._door = door
        self._permissions, self._attributes = permissions, attributes

    async def ask(self, path: str, question: Question, user: str | None = None, groups: tuple[str, ...] = ()) -> Answer:
        """Whether `user` may do that to `path`, and why.

        Args:
            path: made absolute first, so that every directory above counts.
            user: by name or number; None is ourselves.
            groups: more groups, by name or number.

        Raises:
            Refused: there is no such user or group.
        """
        who, own = await self._door.run(_credentials, user, groups, lane="names")
        return await self._door.run(_ask, path, question, who, own, at=path)

    async def who(self, path: str, question: Question) -> WhoCan:
        """Which users and groups of the system may do that to `path`."""
        people, root = await self._door.run(_people, lane="names")
        return await self._door.run(_who, path, question, people, root, at=path)

    async def users(self) -> tuple[Account, ...]:
        """Every user that the system lists."""
        return await self._door.run(accounts.users, lane="names")

    async def apply(self, remedy: Remedy) -> None:
        """Make the change of mode, ACL or flags that a remedy offers; undoable.

        Raises:
            Refused: it is a change of another kind, or the file was replaced since.
            CallError: the system does not let us.
        """
        if remedy.id is None or not remedy.ready:
            raise Refused(f"That cannot be done from here; in a shell: {remedy.command}")
        targets = [(remedy.path, remedy.id)]
        if remedy.change is not None:
            await self._permissions.set_mode(remedy.path, remedy.id, remedy.change)
            return
        if remedy.acl:
            done = await self._attributes.change_acls(targets, remedy.acl)
        else:
            done = await self._attributes.set_flags(targets, [(0, remedy.flag)])
        if done.failures:
            raise Refused(done.failures[0].reason)


def _credentials(user: str | None, groups: tuple[str, ...]) -> tuple[Credentials, Credentials]:
    own = accounts.own_credentials()
    if user is not None:
        return accounts.credentials_of(user, groups), own
    more = frozenset(map(accounts.group_id, groups))
    return (own._replace(groups=own.groups | more) if more else own), own


def _people() -> tuple[tuple[Credentials, ...], Credentials]:
    return accounts.people(), accounts.credentials_of("0")


def _who(path: str, question: Question, people: tuple[Credentials, ...], root: Credentials) -> WhoCan:
    return who_can(question, walk_for(question, path), root, people)


def _ask(path: str, question: Question, who: Credentials, own: Credentials) -> Answer:
    trail = walk_for(question, path)
    return decide(question, who, trail)._replace(attempt=attempt(question, trail, who, own))

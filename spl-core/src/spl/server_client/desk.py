"""What an owner or an administrator does on a server, by topic; blocking and for asyncio."""

from __future__ import annotations

from spl.client import desk
from spl.server_client.verbs import AsyncDesk, Desk, awaiting, blocking


class Libraries(Desk):
    """`server.libraries`: namespaces, and who may do what in them."""

    create = blocking(desk.create_library)
    list = blocking(desk.list_libraries)
    get = blocking(desk.read_library)
    change = blocking(desk.change_library)
    remove = blocking(desk.remove_library)
    refer = blocking(desk.refer)
    unrefer = blocking(desk.unrefer)
    copy = blocking(desk.copy_object)


class Machines(Desk):
    """`server.machines`: where objects run."""

    enroll = blocking(desk.enroll)
    list = blocking(desk.list_machines)
    get = blocking(desk.read_machine)
    change = blocking(desk.change_machine)
    revoke = blocking(desk.revoke_machine)
    lend = blocking(desk.lend_machine)
    lent = blocking(desk.list_lent)
    take_back = blocking(desk.revoke_token)


class Tokens(Desk):
    """`server.tokens`: credentials. The secret of a new one is shown once."""

    issue = blocking(desk.issue_token)
    list = blocking(desk.list_tokens)
    rotate = blocking(desk.rotate_token)
    revoke = blocking(desk.revoke_token)


class Grants(Desk):
    """`server.grants`: what others may do with one's libraries and machines."""

    set = blocking(desk.set_grant)
    list = blocking(desk.list_grants)
    remove = blocking(desk.remove_grant)


class Access(Desk):
    """`server.access`: who may do what, and why."""

    explain = blocking(desk.explain_access)


class Teams(Desk):
    """`server.teams`: users who are granted things together."""

    create = blocking(desk.create_team)
    list = blocking(desk.list_teams)
    get = blocking(desk.read_team)
    remove = blocking(desk.remove_team)
    add = blocking(desk.add_member)
    drop = blocking(desk.remove_member)


class Users(Desk):
    """`server.users`: for administrators."""

    create = blocking(desk.create_user)
    list = blocking(desk.list_users)
    change = blocking(desk.change_user)


class Audit(Desk):
    """`server.audit`: what was changed, by whom."""

    list = blocking(desk.list_audit)
    verify = blocking(desk.verify_audit)


class AsyncLibraries(AsyncDesk):
    create = awaiting(desk.create_library)
    list = awaiting(desk.list_libraries)
    get = awaiting(desk.read_library)
    change = awaiting(desk.change_library)
    remove = awaiting(desk.remove_library)
    refer = awaiting(desk.refer)
    unrefer = awaiting(desk.unrefer)
    copy = awaiting(desk.copy_object)


class AsyncMachines(AsyncDesk):
    enroll = awaiting(desk.enroll)
    list = awaiting(desk.list_machines)
    get = awaiting(desk.read_machine)
    change = awaiting(desk.change_machine)
    revoke = awaiting(desk.revoke_machine)
    lend = awaiting(desk.lend_machine)
    lent = awaiting(desk.list_lent)
    take_back = awaiting(desk.revoke_token)


class AsyncTokens(AsyncDesk):
    issue = awaiting(desk.issue_token)
    list = awaiting(desk.list_tokens)
    rotate = awaiting(desk.rotate_token)
    revoke = awaiting(desk.revoke_token)


class AsyncGrants(AsyncDesk):
    set = awaiting(desk.set_grant)
    list = awaiting(desk.list_grants)
    remove = awaiting(desk.remove_grant)


class AsyncAccess(AsyncDesk):
    explain = awaiting(desk.explain_access)


class AsyncTeams(AsyncDesk):
    create = awaiting(desk.create_team)
    list = awaiting(desk.list_teams)
    get = awaiting(desk.read_team)
    remove = awaiting(desk.remove_team)
    add = awaiting(desk.add_member)
    drop = awaiting(desk.remove_member)


class AsyncUsers(AsyncDesk):
    create = awaiting(desk.create_user)
    list = awaiting(desk.list_users)
    change = awaiting(desk.change_user)


class AsyncAudit(AsyncDesk):
    list = awaiting(desk.list_audit)
    verify = awaiting(desk.verify_audit)

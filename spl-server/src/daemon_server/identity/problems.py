"""What identity refuses with. Those about credentials tell nothing to who has not proved to hold one.

Unauthorized
├── CredentialMissing   401 unauthorized
├── CredentialInvalid   401 invalid_token       wrong form, unknown, wrong secret: one answer for all
├── TokenExpired        401 token_expired
├── TokenRevoked        401 token_revoked
├── CodeUsed            401 code_used
└── UserDisabled        401 user_disabled
"""

from __future__ import annotations

from daemon_server.http.problems import Conflict, Forbidden, Invalid, NotFound, Unauthorized, Unavailable


class NotInitialized(Unavailable):
    """This server has no administrator yet."""

    code = "not_initialized"
    hint = "On its host, run `spl-server init-admin NAME`."


class CredentialMissing(Unauthorized):
    """A valid credential is needed."""

    hint = "Send the header `Authorization: Bearer <token>`."


class CredentialInvalid(Unauthorized):
    """This is no valid credential."""

    code = "invalid_token"
    hint = "Check that the token was copied whole, and that it is one of this server."


class TokenExpired(Unauthorized):
    """This token has expired."""

    code = "token_expired"
    hint = "Make a new one in the console, with POST /tokens, or with `spl-server token-issue` on the server's host."


class TokenRevoked(Unauthorized):
    """This token was revoked."""

    code = "token_revoked"
    hint = "Make a new one, or ask whoever revoked it."


class CodeUsed(Unauthorized):
    """This code was used already."""

    code = "code_used"
    hint = "A code works once. Ask for a new one."


class UserDisabled(Unauthorized):
    """The user of this credential is disabled."""

    code = "user_disabled"
    hint = "An administrator of the server can enable the user again."


class SessionEnded(Unauthorized):
    """The session has ended."""

    code = "session_ended"
    hint = "Sign in again."


class CrossSite(Forbidden):
    """This request does not come from this server's own console."""

    code = "cross_site_request"
    hint = "Scripts send a token in the Authorization header instead of a cookie."


class ReauthenticationNeeded(Forbidden):
    """Sign in again before you do this."""

    code = "reauthentication_needed"
    hint = "Credentials are handed out within ten minutes after signing in."


class TokenNotFound(NotFound):
    """There is no such token among yours."""

    code = "token_not_found"


class UserNotFound(NotFound):
    """There is no such user."""

    code = "user_not_found"


class TeamNotFound(NotFound):
    """There is no such team among yours."""

    code = "team_not_found"


class MemberNotFound(NotFound):
    """The user is not in this team."""

    code = "member_not_found"


class UserExists(Conflict):
    """There is a user by this name already."""

    code = "user_exists"


class TeamExists(Conflict):
    """There is a team by this name already."""

    code = "team_exists"


class LastAdmin(Conflict):
    """The last administrator can't be disabled or demoted."""

    code = "last_admin"
    hint = "Make another user an administrator first."


class ScopesExceeded(Forbidden):
    """A credential can't hand out more than it may do itself."""

    code = "scopes_exceeded"


class InvalidName(Invalid):
    """The name can't be used."""

    code = "invalid_name"
    hint = "1 to 64 characters: lower-case letters, digits, and . _ - between them."


class UnknownScope(Invalid):
    """There is no such scope for this kind of token."""

    code = "unknown_scope"


class UnknownSetting(Invalid):
    """There is no such setting."""

    code = "unknown_setting"

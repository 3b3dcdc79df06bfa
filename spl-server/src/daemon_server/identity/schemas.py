"""What the identity routes take and give. Times are epoch milliseconds."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from daemon_server.http.routing import StrictModel

# A label is for a line in a list.
LABEL_CHARACTERS = 200
# So many at once; more can be added later.
MOST_MEMBERS = 100
# A token or a code; anything longer is none.
CREDENTIAL_CHARACTERS = 200
NAME_CHARACTERS = 64

Label = Field(None, min_length=1, max_length=LABEL_CHARACTERS)
# A year; nobody decides for longer.
MOST_DAYS = 365


class SignIn(StrictModel):
    """Either a user's token or a one-time code."""

    token: str | None = Field(None, max_length=CREDENTIAL_CHARACTERS, repr=False)
    code: str | None = Field(None, max_length=CREDENTIAL_CHARACTERS, repr=False)


class SessionView(BaseModel):
    """Who is signed in. `csrf` goes into the header `X-SPL-CSRF` of each request that changes something."""

    id: str
    user: str
    scopes: list[str]
    csrf: str
    expires_at: int


class WhoamiView(BaseModel):
    """What this credential is and may do. What doesn't apply to its kind is null."""

    kind: str
    token_id: str
    user: str
    display_name: str
    admin: bool
    scopes: list[str]
    teams: list[str]
    machine_id: str | None
    library: str | None
    object: str | None
    function: str | None
    expires_at: int | None
    server_time: int


class UserCreate(StrictModel):
    name: str = Field(max_length=NAME_CHARACTERS)
    display_name: str | None = Label
    admin: bool = False


class UserChange(StrictModel):
    display_name: str | None = Label
    admin: bool | None = None
    disabled: bool | None = None


class UserView(BaseModel):
    name: str
    display_name: str
    admin: bool
    created_at: int
    disabled_at: int | None


class UserCreated(UserView):
    """The new user, and the code that signs them in once, within ten minutes. It is shown only here."""

    login_code: str
    login_code_expires_at: int


class UserPage(BaseModel):
    items: list[UserView]
    next: str | None


class TeamCreate(StrictModel):
    name: str = Field(max_length=NAME_CHARACTERS)
    display_name: str | None = Label
    members: list[str] = Field(default_factory=list, max_length=MOST_MEMBERS)


class TeamView(BaseModel):
    name: str
    display_name: str
    created_by: str
    created_at: int


class MemberView(BaseModel):
    user: str
    display_name: str
    role: Literal["member", "lead"]


class TeamDetail(TeamView):
    members: list[MemberView]


class TeamPage(BaseModel):
    items: list[TeamView]
    next: str | None


class MemberPut(StrictModel):
    role: Literal["member", "lead"] = "member"


class SettingsView(BaseModel):
    """What administrators may set while the server runs."""

    name: str
    user_token_days: int
    execution_token_days: int


class SettingsChange(StrictModel):
    name: str | None = Label
    user_token_days: int | None = Field(None, ge=1, le=MOST_DAYS)
    execution_token_days: int | None = Field(None, ge=1, le=MOST_DAYS)

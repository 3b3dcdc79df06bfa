"""What only a server says no with, below the classes that everybody knows.

    InvalidRequest
    ├── UnknownBlob               blob_unknown
    ├── BodyBrokenOff             body_broken_off
    ├── CompressedBody            compressed_body
    ├── ContentHashMismatch       content_hash_mismatch
    ├── InvalidArtifactName       invalid_artifact_name
    ├── InvalidCursor             invalid_cursor
    ├── InvalidDigest             invalid_digest
    ├── InvalidGrant              invalid_grant
    ├── InvalidLabel              invalid_label
    ├── InvalidMachineName        invalid_machine_name
    ├── InvalidPolicy             invalid_policy
    ├── InvalidTokenRequest       invalid_token_request
    ├── NotRotatable              not_rotatable
    ├── TooManyArtifacts          too_many_artifacts
    ├── UnknownScope              unknown_scope
    ├── UnknownSetting            unknown_setting
    ├── UploadTooLong             upload_too_long
    └── WrongDigest               wrong_digest
    BodyTooLarge
    └── ArtifactTooLarge          artifact_too_large
    Unauthorized
    ├── CodeUsed                  code_used
    ├── InvalidToken              invalid_token
    ├── SessionEnded              session_ended
    ├── TokenExpired              token_expired
    ├── TokenRevoked              token_revoked
    └── UserDisabled              user_disabled
    Forbidden
    ├── WrongMachine              wrong_machine
    ├── CrossSiteRequest          cross_site_request
    ├── ExecutionOff              execution_off
    ├── NotALead                  not_a_lead
    ├── NotANodeOfThisRun         not_a_node_of_this_run
    ├── OwnersOnly                owners_only
    ├── ReauthenticationNeeded    reauthentication_needed
    ├── ReferenceReadOnly         reference_read_only
    ├── ScopesExceeded            scopes_exceeded
    └── TargetNotAllowed          target_not_allowed
    NotFound
    ├── MemberNotFound            member_not_found
    ├── ReferenceBroken           reference_broken
    ├── TeamNotFound              team_not_found
    ├── TokenNotFound             token_not_found
    ├── UploadNotFound            upload_not_found
    └── UserNotFound              user_not_found
    ObjectNotFound
    └── ReferenceNotFound         reference_not_found
    Conflict
    ├── AlreadyInitialized        already_initialized
    ├── ArtifactsIncomplete       artifacts_incomplete
    ├── ConnectionReplaced        connection_replaced
    ├── IdempotencyKeyReused      idempotency_key_reused
    ├── LastAdmin                 last_admin
    ├── LibraryNotEmpty           library_not_empty
    ├── MachineAmbiguous          machine_ambiguous
    ├── MachineExists             machine_exists
    ├── MachineIdTaken            machine_id_taken
    ├── NameTaken                 name_taken
    ├── NoMachine                 no_machine
    ├── CancelUnderWay            run_cancelled
    ├── RunNotRetryable           run_not_retryable
    ├── TeamExists                team_exists
    ├── TooManyMachines           too_many_machines
    ├── UploadBusy                upload_busy
    ├── UploadOffset              upload_offset
    ├── UserExists                user_exists
    └── VersionTagged             version_tagged
    Gone
    ├── MachineRevoked            machine_revoked
    └── StoreRestored             store_restored
    RateLimited
    ├── TooManyStreams            too_many_streams
    └── TooManyActive             too_many_active
    Unavailable
    ├── NotInitialized            not_initialized
    ├── Overloaded                overloaded
    └── StorageFull               storage_full

The module is imported when the first of them is met.
"""

from __future__ import annotations

from spl.core.errors import (
    BodyTooLarge,
    Conflict,
    Forbidden,
    Gone,
    InvalidRequest,
    NotFound,
    ObjectNotFound,
    RateLimited,
    Unauthorized,
    Unavailable,
)


class UnknownBlob(InvalidRequest):
    """The arguments refer to content that you have not uploaded."""

    code = "blob_unknown"


class BodyBrokenOff(InvalidRequest):
    """The body broke off before it was whole."""

    code = "body_broken_off"
    status = 400


class CompressedBody(InvalidRequest):
    """Request bodies are not compressed."""

    code = "compressed_body"
    status = 415


class ContentHashMismatch(InvalidRequest):
    """The bundle's content is not what the publisher said."""

    code = "content_hash_mismatch"


class InvalidArtifactName(InvalidRequest):
    """An artifact can't have this name."""

    code = "invalid_artifact_name"


class InvalidCursor(InvalidRequest):
    """The cursor is not one of this list."""

    code = "invalid_cursor"


class InvalidDigest(InvalidRequest):
    """Content-Digest is of the form `sha-256=:base64:`."""

    code = "invalid_digest"


class InvalidGrant(InvalidRequest):
    """This can't be granted."""

    code = "invalid_grant"


class InvalidLabel(InvalidRequest):
    """A label is 1 to 63 letters, digits, dots, dashes, underscores, colons, slashes or equal signs."""

    code = "invalid_label"


class InvalidMachineName(InvalidRequest):
    """A machine's name and id are 1 to 80 letters, digits, dots, dashes and underscores, the first no mark."""

    code = "invalid_machine_name"


class InvalidPolicy(InvalidRequest):
    """A policy is a list of patterns of the form owner/library/object."""

    code = "invalid_policy"


class InvalidTokenRequest(InvalidRequest):
    """Such a token can't be made."""

    code = "invalid_token_request"


class NotRotatable(InvalidRequest):
    """A code is not rotated: it is used once, or runs out."""

    code = "not_rotatable"


class TooManyArtifacts(InvalidRequest):
    """A run leaves fewer artifacts than these."""

    code = "too_many_artifacts"


class UnknownScope(InvalidRequest):
    """There is no such scope for this kind of token."""

    code = "unknown_scope"


class UnknownSetting(InvalidRequest):
    """There is no such setting."""

    code = "unknown_setting"


class UploadTooLong(InvalidRequest):
    """The piece goes beyond the size that was announced."""

    code = "upload_too_long"


class WrongDigest(InvalidRequest):
    """The piece does not have the digest it was sent with."""

    code = "wrong_digest"


class ArtifactTooLarge(BodyTooLarge):
    """An artifact, or all of a run's together, is larger than the server keeps."""

    code = "artifact_too_large"


class CodeUsed(Unauthorized):
    """This code was used already."""

    code = "code_used"


class InvalidToken(Unauthorized):
    """This is no valid credential."""

    code = "invalid_token"


class SessionEnded(Unauthorized):
    """The session has ended."""

    code = "session_ended"


class TokenExpired(Unauthorized):
    """This token has expired."""

    code = "token_expired"


class TokenRevoked(Unauthorized):
    """This token was revoked."""

    code = "token_revoked"


class UserDisabled(Unauthorized):
    """The user of this credential is disabled."""

    code = "user_disabled"


class CrossSiteRequest(Forbidden):
    """This request does not come from this server's own console."""

    code = "cross_site_request"


class ExecutionOff(Forbidden):
    """Nothing of this library is run at present."""

    code = "execution_off"


class NotALead(Forbidden):
    """Only a lead of the team, or an administrator, may do that."""

    code = "not_a_lead"


class OwnersOnly(Forbidden):
    """Only the library's owner makes and unmakes its administrators."""

    code = "owners_only"


class ReauthenticationNeeded(Forbidden):
    """Sign in again before you do this."""

    code = "reauthentication_needed"


class ReferenceReadOnly(Forbidden):
    """An object is changed in its own library, not through a reference."""

    code = "reference_read_only"


class ScopesExceeded(Forbidden):
    """A credential can't hand out more than it may do itself."""

    code = "scopes_exceeded"


class TargetNotAllowed(Forbidden):
    """This credential can't choose the machine."""

    code = "target_not_allowed"


class NotANodeOfThisRun(Forbidden):
    """A run may call the remote nodes of its own pipelines, and nothing else."""

    code = "not_a_node_of_this_run"


class MemberNotFound(NotFound):
    """The user is not in this team."""

    code = "member_not_found"


class ReferenceBroken(NotFound):
    """What this reference refers to is not there for you any more."""

    code = "reference_broken"


class TeamNotFound(NotFound):
    """There is no such team among yours."""

    code = "team_not_found"


class TokenNotFound(NotFound):
    """There is no such token among yours."""

    code = "token_not_found"


class UploadNotFound(NotFound):
    """There is no such upload, or it was given up."""

    code = "upload_not_found"


class UserNotFound(NotFound):
    """There is no such user."""

    code = "user_not_found"


class ReferenceNotFound(ObjectNotFound):
    """The library has no such reference."""

    code = "reference_not_found"


class AlreadyInitialized(Conflict):
    """This server has an administrator already."""

    code = "already_initialized"


class ArtifactsIncomplete(Conflict):
    """Files that the run's end names have not arrived whole."""

    code = "artifacts_incomplete"


class ConnectionReplaced(Conflict):
    """Another connection speaks for this machine now."""

    code = "connection_replaced"


class IdempotencyKeyReused(Conflict):
    """This idempotency key was used for another request."""

    code = "idempotency_key_reused"


class LastAdmin(Conflict):
    """The last administrator can't be disabled or demoted."""

    code = "last_admin"


class LibraryNotEmpty(Conflict):
    """The library still has objects."""

    code = "library_not_empty"


class MachineAmbiguous(Conflict):
    """Several machines have this name."""

    code = "machine_ambiguous"


class MachineExists(Conflict):
    """You have a machine by this name."""

    code = "machine_exists"


class MachineIdTaken(Conflict):
    """Another owner's machine has this id."""

    code = "machine_id_taken"


class NameTaken(Conflict):
    """The library has something of this name already."""

    code = "name_taken"


class NoMachine(Conflict):
    """No machine is there that may run this."""

    code = "no_machine"


class CancelUnderWay(Conflict):
    """The run is being cancelled."""

    code = "run_cancelled"


class RunNotRetryable(Conflict):
    """Only a run that has ended can be tried again."""

    code = "run_not_retryable"


class TeamExists(Conflict):
    """There is a team by this name already."""

    code = "team_exists"


class TooManyMachines(Conflict):
    """You have as many machines as one owner can have."""

    code = "too_many_machines"


class UploadBusy(Conflict):
    """Another piece of this upload is arriving."""

    code = "upload_busy"


class UploadOffset(Conflict):
    """The upload goes on at another offset."""

    code = "upload_offset"


class UserExists(Conflict):
    """There is a user by this name already."""

    code = "user_exists"


class VersionTagged(Conflict):
    """A tag still points to this version."""

    code = "version_tagged"


class MachineRevoked(Gone):
    """This machine was taken off the server."""

    code = "machine_revoked"


class StoreRestored(Gone):
    """The server was restored from a backup that does not know this attempt."""

    code = "store_restored"


class TooManyActive(RateLimited):
    """Too many runs of this owner are under way."""

    code = "too_many_active"


class NotInitialized(Unavailable):
    """This server has no administrator yet."""

    code = "not_initialized"


class Overloaded(Unavailable):
    """Too many requests are open."""

    code = "overloaded"


class StorageFull(Unavailable):
    """The server has no room for more content."""

    code = "storage_full"
    status = 507


class TooManyStreams(RateLimited):
    """You hold as many event streams open as one user may."""

    code = "too_many_streams"


class WrongMachine(Forbidden):
    """This token belongs to another machine."""

    code = "wrong_machine"

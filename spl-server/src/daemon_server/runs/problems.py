"""What the server says no with about runs.

ServerProblem
├── NotFound      run_not_found, batch_not_found
├── Conflict      stale_claim, run_cancelled, result_not_ready, machine_offline, machine_refuses,
│                 idempotency_key_reused, run_not_retryable
├── Invalid       invalid_arguments, run_failed
├── Gone          store_restored
├── Unavailable   queue_full
├── TooMany       too_many_active
└── Forbidden     target_not_allowed, not_a_node_of_this_run
"""

from __future__ import annotations

from daemon_server.http.problems import Conflict, Forbidden, Gone, Invalid, NotFound, TooMany, Unavailable


class RunNotFound(NotFound):
    """There is no such run."""

    code = "run_not_found"
    hint = "Check the id; you see runs that you created, and runs of your libraries and machines."


class BatchNotFound(NotFound):
    """There is no such batch."""

    code = "batch_not_found"


class StaleClaim(Conflict):
    """This attempt is not the current one any more."""

    code = "stale_claim"
    hint = "Stop the worker of this fence; its outcome is kept as evidence and changes nothing."


class RunCancelled(Conflict):
    """The run is being cancelled."""

    code = "run_cancelled"
    hint = "Don't start it; report it as cancelled."


class ResultNotReady(Conflict):
    """The run has not ended."""

    code = "result_not_ready"
    hint = "Wait for it: GET /remote-runs/{id}?wait=25."


class RunHasNoResult(Invalid):
    """The run ended without a result."""

    code = "run_failed"


class MachineOffline(Conflict):
    """The machine that would run this is offline."""

    code = "machine_offline"
    hint = "Leave out offline_policy, or pass queue, and the run waits for the machine."


class MachineRefuses(Conflict):
    """The machine's policy does not allow this object."""

    code = "machine_refuses"
    hint = "The machine's owner decides with `spl-daemon policy-allow OWNER/LIBRARY/OBJECT`."


class NoMachine(Conflict):
    """No machine is there that may run this."""

    code = "no_machine"
    hint = "Pass target_machine, or set the library's default machine."


class TargetNotAllowed(Forbidden):
    """This credential can't choose the machine."""

    code = "target_not_allowed"
    hint = "Leave out target_machine: the library's own machine is used."


class NotANodeOfThisRun(Forbidden):
    """A run may call the remote nodes of its own pipelines, and nothing else."""

    code = "not_a_node_of_this_run"
    hint = "Make it a NodeRemote of the pipeline that is published."


class IdempotencyKeyReused(Conflict):
    """This idempotency key was used for another request."""

    code = "idempotency_key_reused"
    hint = "Use a fresh key for each thing that you want done once."


class RunNotRetryable(Conflict):
    """Only a run that has ended can be tried again."""

    code = "run_not_retryable"


class InvalidArguments(Invalid):
    """The arguments do not fit what is called."""

    code = "invalid_arguments"


class StoreRestored(Gone):
    """The server was restored from a backup that does not know this attempt."""

    code = "store_restored"
    hint = "Keep the result here; the run is offered again or was lost with the backup."


class QueueFull(Unavailable):
    """Too many runs are waiting for this machine."""

    code = "queue_full"
    hint = "Try again when some have ended."


class TooManyActive(TooMany):
    """Too many runs of this owner are under way."""

    code = "too_many_active"
    hint = "Try again when some have ended."

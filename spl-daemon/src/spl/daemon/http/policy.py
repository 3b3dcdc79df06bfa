"""Every route of the daemon with what it asks of a request. A route that is missing here fails the tests.

access   `public`: anybody on this machine; `token`: whoever holds the daemon's token
body     how large a request body may be, by the name of the setting that says so
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Access = Literal["public", "token"]
Body = Literal["body_bytes", "publish_bytes", "blob_bytes"]


@dataclass(frozen=True, slots=True)
class Policy:
    """What one route asks of a request."""

    access: Access = "token"
    body: Body = "body_bytes"

    @property
    def streamed(self) -> bool:
        """Whether the body is too large to be read as a whole."""
        return self.body == "blob_bytes"


PUBLIC = Policy(access="public")
TOKEN = Policy()
PUBLISH = Policy(body="publish_bytes")
BLOB = Policy(body="blob_bytes")

POLICIES: dict[tuple[str, str], Policy] = {
    ("GET", "/health"): PUBLIC,
    ("GET", "/openapi.json"): TOKEN,
    ("GET", "/status"): TOKEN,
    ("GET", "/metrics"): TOKEN,
    ("POST", "/stop"): TOKEN,
    # environments
    ("GET", "/envs"): TOKEN,
    ("POST", "/envs"): TOKEN,
    ("DELETE", "/envs/{name}"): TOKEN,
    ("GET", "/environment-builds"): TOKEN,
    ("POST", "/environment-builds/prune"): TOKEN,
    ("GET", "/environment-builds/{spec_hash}"): TOKEN,
    ("DELETE", "/environment-builds/{spec_hash}"): TOKEN,
    ("POST", "/environment-builds/{spec_hash}/rebuild"): TOKEN,
    # objects
    ("GET", "/objects"): TOKEN,
    ("POST", "/objects"): PUBLISH,
    ("GET", "/objects/{ref}"): TOKEN,
    ("DELETE", "/objects/{ref}"): TOKEN,
    ("GET", "/objects/{ref}/signature"): TOKEN,
    ("GET", "/objects/{ref}/versions"): TOKEN,
    ("GET", "/objects/{ref}/ready"): TOKEN,
    ("DELETE", "/objects/{ref}/versions/{version}"): TOKEN,
    # runs
    ("GET", "/runs"): TOKEN,
    ("POST", "/runs"): TOKEN,
    ("POST", "/runs/wait"): TOKEN,
    ("GET", "/runs/{run_id}/detail"): TOKEN,
    ("POST", "/runs/prune"): TOKEN,
    ("GET", "/runs/{run_id}"): TOKEN,
    ("DELETE", "/runs/{run_id}"): TOKEN,
    ("GET", "/runs/{run_id}/result"): TOKEN,
    ("POST", "/runs/{run_id}/cancel"): TOKEN,
    ("GET", "/runs/{run_id}/logs"): TOKEN,
    ("GET", "/runs/{run_id}/events"): TOKEN,
    ("GET", "/runs/{run_id}/artifacts"): TOKEN,
    ("GET", "/runs/{run_id}/artifacts/{name:path}"): TOKEN,
    # the server
    ("GET", "/server"): TOKEN,
    ("DELETE", "/server"): TOKEN,
    ("POST", "/server/connect"): TOKEN,
    ("POST", "/server/join"): TOKEN,
    ("GET", "/server/policy"): TOKEN,
    ("PUT", "/server/policy"): TOKEN,
    ("GET", "/server/outbox"): TOKEN,
    ("POST", "/server/pull"): TOKEN,
    ("GET", "/server/kept-runs"): TOKEN,
    ("POST", "/server/kept-runs"): PUBLISH,
    ("GET", "/server/api/{path:path}"): TOKEN,
    ("HEAD", "/server/api/{path:path}"): TOKEN,
    ("POST", "/server/api/{path:path}"): PUBLISH,
    ("PUT", "/server/api/{path:path}"): BLOB,
    # batches
    ("POST", "/batches"): Policy(body="publish_bytes"),
    ("GET", "/batches/{batch_id}"): TOKEN,
    ("GET", "/batches/{batch_id}/results"): TOKEN,
    ("POST", "/batches/{batch_id}/cancel"): TOKEN,
    # blobs
    ("PUT", "/blobs/{sha256}"): BLOB,
    ("GET", "/blobs/{sha256}"): TOKEN,
    ("HEAD", "/blobs/{sha256}"): TOKEN,
}


def shape(path: str) -> str:
    """A path template with the names of its parameters left out, so that naming is each feature's own business."""
    return re.sub(r"\{[^}:]*(:path)?\}", lambda found: "{" + (found[1] or "") + "}", path)


def _pattern(path: str) -> re.Pattern[str]:
    parts = re.split(r"(\{[^}]*\})", path)
    return re.compile("".join(_piece(part) for part in parts) + r"\Z")


def _piece(part: str) -> str:
    if not part.startswith("{"):
        return re.escape(part)
    return ".*" if part.endswith(":path}") else "[^/]+"


_EXACT = {key: policy for key, policy in POLICIES.items() if "{" not in key[1]}
_WRITTEN_OUT = {path for _, path in _EXACT}
_TEMPLATES = [(_pattern(path), method, policy) for (method, path), policy in POLICIES.items() if "{" in path]


def policy_for(method: str, path: str) -> Policy | None:
    """The policy of the route that answers this request; None where there is none."""
    known = _EXACT.get((method, path))
    if known is not None:
        return known
    return next((policy for pattern, verb, policy in _TEMPLATES if verb == method and pattern.match(path)), None)


def answers(method: str, path: str) -> bool:
    """Whether a path that is written out has this method; a template that happens to fit is not asked."""
    return path not in _WRITTEN_OUT or (method, path) in _EXACT


def allowed_methods(path: str) -> list[str]:
    """The methods some route answers at `path`; a path that is written out speaks for itself alone."""
    exact = {method for method, known in _EXACT if known == path}
    return sorted(exact or {method for pattern, method, _ in _TEMPLATES if pattern.match(path)})

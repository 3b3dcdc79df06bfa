"""What a worker's environment variables are: a short list of what code needs, and nothing of the daemon's."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from spl.runtime.launch import NO_RUN, RUN_ID

HOME_VARIABLE = "SPL_DAEMON_HOME"

# Anything else may hold a secret of whoever started the daemon. HOME stays the user's own: code that was written in a
# notebook reads `~/data.csv` and libraries keep their caches there.
PASSED_ON = frozenset(
    {
        *("PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TMPDIR", "TEMP", "TMP"),
        *("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES", "CUDA_HOME", "NVIDIA_VISIBLE_DEVICES"),
        *("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"),
        *("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"),
        *("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR", "MPLCONFIGDIR", "HF_HOME"),
        *("SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "APPDATA", "LOCALAPPDATA", "PROGRAMDATA"),
        *("USERPROFILE", "USERNAME", "HOMEDRIVE", "HOMEPATH", "NUMBER_OF_PROCESSORS", "PROCESSOR_ARCHITECTURE"),
    }
)

# How many threads numeric libraries take, and how locales are spelled.
PASSED_ON_PREFIXES = ("LC_", "OMP_", "OPENBLAS_", "MKL_", "NUMEXPR_", "VECLIB_", "NUMBA_", "POLARS_")


def worker_environment(environ: Mapping[str, str], home: Path) -> dict[str, str]:
    """The variables of every worker; what marks it as one of this home's is among them."""
    passed = {
        name: value for name, value in environ.items() if name.upper() in _UPPER or name.startswith(PASSED_ON_PREFIXES)
    }
    return {**passed, HOME_VARIABLE: str(home), RUN_ID: NO_RUN}


_UPPER = frozenset(name.upper() for name in PASSED_ON)

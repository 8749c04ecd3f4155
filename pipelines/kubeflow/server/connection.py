"""A connection to Kubeflow's server, by kfp's own conventions."""

import contextlib
import io
import os
import re
import sys
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlsplit

from schemas.errors import ConfigError

HOST = "KF_PIPELINES_ENDPOINT"
TOKEN_FILE = "KF_PIPELINES_SA_TOKEN_PATH"
_IAP = "KF_PIPELINES_IAP_OAUTH2_CLIENT_ID"
_IN_CLUSTER = "http://ml-pipeline.{namespace}.svc.cluster.local:8888"
_NAME = re.compile(r"[A-Za-z0-9._:-]+")  # Of a host, or an IPv6 address.
_NAMESPACE = "kubeflow"  # Of Kubeflow's own services.
T = TypeVar("T")


class Access(NamedTuple):
    """Options of every command that speaks to the server."""

    host: str | None = None
    token: str | None = None
    namespace: str | None = None  # Of the user, on a server of several.
    insecure: bool = False
    dry_run: bool = False


def check_access(access: Access) -> str:
    """The server's address.

    Raises:
      ConfigError: none is named, it is no address, or a token would travel in the clear.
    """
    host = access.host or os.environ.get(HOST) or _in_cluster()
    if not host:
        if access.dry_run:
            return "http://kubeflow.invalid"
        raise ConfigError(
            f"no Kubeflow server is named, expected its address; set --host or {HOST}, such as "
            "--host http://localhost:8080 after `kubectl port-forward -n kubeflow "
            "svc/ml-pipeline-ui 8080:80`."
        )
    host = host if "://" in host else f"https://{host}"
    address = _split(host)
    if address is None or address[0] not in ("http", "https") or not _NAME.fullmatch(address[1]):
        raise ConfigError(
            f"the host is {host!r}, expected an address such as https://kubeflow.org."
        )
    if not access.insecure and address[0] == "http" and _has_credentials(access):
        raise ConfigError(
            f"the host is {host!r}, over which a token would travel unencrypted, expected https. "
            "Set --insecure where the way is safe, such as through kubectl port-forward."
        )
    return host.rstrip("/")


def _split(host: str) -> tuple[str, str] | None:
    """Scheme and name; None if the text is no address."""
    try:
        address = urlsplit(host)
        _ = address.port
    except ValueError:
        return None
    return address.scheme, address.hostname or ""


def _in_cluster() -> str | None:
    """The server's address inside a cluster, where Kubernetes sets this variable in each pod."""
    if "KUBERNETES_SERVICE_HOST" not in os.environ:
        return None
    return _IN_CLUSTER.format(namespace=_NAMESPACE)


def _has_credentials(access: Access) -> bool:
    return bool(access.token or os.environ.get(TOKEN_FILE) or os.environ.get(_IAP))


def connect(access: Access) -> Any:
    """A kfp.Client whose requests have time limits, or are only printed.

    Raises:
      ConfigError: of `check_access`, or the token's file cannot be read.
      ServerError: the server does not answer.
    """
    host = check_access(access)
    warnings.simplefilter("ignore", FutureWarning)  # That the client is of version 2.
    import kfp
    from kfp.client.set_volume_credentials import ServiceAccountTokenVolumeCredentials

    from pipelines.kubeflow.server.transport import DryTransport, Transport

    out = sys.stdout

    class Client(kfp.Client):
        """Asks for the server's health once, where kfp tries five times and logs tracebacks."""

        def get_kfp_healthz(self, sleep_duration: int = 0) -> Any:
            del sleep_duration
            api = self._healthz_api.api_client
            api.rest_client = DryTransport(out) if access.dry_run else Transport(api.configuration)
            return self._healthz_api.healthz_service_get_healthz()

    path = os.environ.get(TOKEN_FILE)
    if path and not access.token and not access.dry_run:
        _check_readable(path)
    client = quietly(
        Client,
        host=host,
        existing_token=access.token,
        credentials=ServiceAccountTokenVolumeCredentials() if path else None,
        namespace=access.namespace or _NAMESPACE,
    )
    client.get_kfp_healthz()
    return client


def _check_readable(path: str) -> None:
    try:
        with open(path, encoding="utf-8") as file:
            file.read(1)
    except (OSError, UnicodeDecodeError) as error:
        cause = error.strerror if isinstance(error, OSError) else "no text"
        raise ConfigError(
            f"{TOKEN_FILE} is {path!r}, which cannot be read ({cause}), expected a token's file."
        ) from error


def quietly(function: Callable[..., T], *arguments: Any, **named: Any) -> T:
    """Call a function of kfp, which prints links to a page of its own, without its output."""
    with contextlib.redirect_stdout(io.StringIO()):
        return function(*arguments, **named)

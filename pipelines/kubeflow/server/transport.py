"""How requests reach Kubeflow's server: with time limits, each error in one line; or not at all."""

import json
from dataclasses import dataclass
from typing import Any, TextIO
from urllib.parse import parse_qs, urlencode, urlsplit

import urllib3
from kfp_server_api import ApiException
from kfp_server_api.rest import RESTClientObject

from schemas.errors import DataError

_SECONDS = (10, 60)  # To connect, and to answer.
_MEANINGS = {
    401: "it does not accept the credentials, expected a valid token; set --token, or "
    "KF_PIPELINES_SA_TOKEN_PATH to its file",
    403: "this user may not do that; ask for the role, or set --namespace",
    404: "it has no such address or object; check --host, which ends before /apis, and --namespace",
    409: "there is one of this name already; choose another name",
}


class ServerError(DataError):
    """The server cannot be reached, or refuses a request; `status` is None without an answer."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class Transport(RESTClientObject):
    """Sends requests once, with a limit of time."""

    def __init__(self, configuration: Any) -> None:
        configuration.retries = False
        super().__init__(configuration)
        self._host = configuration.host

    def request(self, method: str, url: str, **given: Any) -> Any:  # noqa: D102
        given["_request_timeout"] = _SECONDS
        try:
            return super().request(method, url, **given)
        except ApiException as error:
            raise _server_error(self._host, method, url, error) from error
        except urllib3.exceptions.HTTPError as error:
            raise ServerError(
                f"no Kubeflow server answers at {self._host} ({_plain(error)}), expected one. "
                "Check --host, and that it can be reached from here."
            ) from error


def _server_error(host: str, method: str, url: str, error: ApiException) -> ServerError:
    status = int(error.status or 0)
    place = f"{method} {urlsplit(url).path}"
    meaning = _MEANINGS.get(status)
    if meaning is None and status >= 500:
        meaning = "it failed; try again later, or look at the log of ml-pipeline"
    if meaning is None:
        meaning = "it refuses the request"
    said = _said(error)
    return ServerError(f"{host} answers {status} to {place}: {meaning}.{said}", status)


def _said(error: ApiException) -> str:
    """The server's own words, if it answers in its form."""
    try:
        body = json.loads(error.body)
        words = body.get("error_message") or body.get("message") or body["error"]
        return f" It says: {' '.join(str(words).split())[:300]}"
    except (ValueError, KeyError, TypeError, AttributeError):
        return ""


def _plain(error: Exception) -> str:
    """The cause in words, without urllib3's objects."""
    text = " ".join(str(error).split())
    return text.rpartition(">: ")[2][:200] or type(error).__name__


@dataclass
class _Answer:
    """What kfp's client reads of an answer, whose data it decodes in place."""

    data: bytes
    status: int = 200
    reason: str = "OK"

    def getheader(self, _name: str, default: str | None = None) -> str | None:
        """No header."""
        return default

    def getheaders(self) -> dict[str, str]:
        """No headers."""
        return {}


class DryTransport:
    """Prints each request in place of sending it; every object is new, with a name for its id."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def request(self, method: str, url: str, **given: Any) -> _Answer:
        """Print a request, and answer as a server without objects does."""
        query = given.get("query_params") or []
        address = urlsplit(url)
        shown = dict(query) | {key: one for key, [one] in parse_qs(address.query).items()}
        suffix = f"?{urlencode(shown)}" if shown else ""
        self._out.write(f"{method} {address.path}{suffix}\n")
        body = given.get("body")
        if body is not None:
            self._out.write(json.dumps(body, indent=1, sort_keys=True) + "\n")
        if given.get("post_params"):
            self._out.write("(the package, as multipart/form-data)\n")
        return _Answer(json.dumps(_answer(method, address.path, body or {}, shown)).encode())

    def GET(self, url: str, **given: Any) -> _Answer:  # noqa: N802 - kfp's name.
        """A request of this kind."""
        return self.request("GET", url, **given)

    def POST(self, url: str, **given: Any) -> _Answer:  # noqa: N802 - kfp's name.
        """A request of this kind."""
        return self.request("POST", url, **given)

    def DELETE(self, url: str, **given: Any) -> _Answer:  # noqa: N802 - kfp's name.
        """A request of this kind."""
        return self.request("DELETE", url, **given)


def _answer(method: str, path: str, body: dict[str, Any], query: dict[str, str]) -> dict[str, Any]:
    if method != "POST":
        return {"multi_user": False} if path.endswith("/healthz") else {}
    made = dict(body)
    kind = path.rstrip("/").rpartition("/")[2]
    if kind == "upload":
        return {"pipeline_id": "PIPELINE_ID", "display_name": query.get("name")}
    if kind == "upload_version":
        return {"pipeline_id": "PIPELINE_ID", "pipeline_version_id": "VERSION_ID"}
    ids = {"experiments": "experiment_id", "runs": "run_id", "recurringruns": "recurring_run_id"}
    if kind in ids:
        made[ids[kind]] = ids[kind].upper()
    return made

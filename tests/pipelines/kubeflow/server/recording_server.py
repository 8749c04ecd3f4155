"""A server that records requests and answers in the form of kfp's own model classes."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

import kfp_server_api as api

BASE = "/apis/v2beta1"


class Request(NamedTuple):
    """One request."""

    method: str
    path: str  # Below BASE.
    query: dict[str, str]
    body: Any  # Of JSON; else the bytes.
    headers: dict[str, str]


def plain(model: Any) -> Any:
    """A model class as JSON, as the client writes it."""
    return api.ApiClient().sanitize_for_serialization(model)


class RecordingServer:
    """Objects in memory, and the requests so far."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.pipelines: dict[str, str] = {}  # {name: id}.
        self.versions: dict[tuple[str, str], str] = {}  # {(pipeline's id, name): id}.
        self.experiments: dict[str, str] = {}
        self.schedules: list[Any] = []  # V2beta1RecurringRun.
        self.run_states: list[Any] = []  # Answers to looks at a run; the last one stays.
        self.failures: dict[tuple[str, str], tuple[int, str]] = {}  # {(method, path): answer}.
        self.host = ""

    def sent(self, method: str, path: str) -> list[Request]:
        """Requests of a kind."""
        return [each for each in self.requests if (each.method, each.path) == (method, path)]

    def answer(self, request: Request) -> tuple[int, Any]:
        """(status, a model class or bytes)."""
        self.requests.append(request)
        if failure := self.failures.get((request.method, request.path)):
            return failure
        handler = getattr(self, f"_{request.method.lower()}")
        return 200, handler(request.path.strip("/").split("/"), request)

    def _get(self, parts: list[str], request: Request) -> Any:
        name = _wanted_name(request)
        if parts == ["healthz"]:
            return api.V2beta1GetHealthzResponse(multi_user=False)
        if parts == ["pipelines"]:
            found = [
                api.V2beta1Pipeline(pipeline_id=number, display_name=each)
                for each, number in self.pipelines.items()
                if each == name
            ]
            return api.V2beta1ListPipelinesResponse(pipelines=found or None)
        if parts[0] == "pipelines" and parts[2:] == ["versions"]:
            number = self.versions.get((parts[1], str(name)))
            version = api.V2beta1PipelineVersion(pipeline_id=parts[1], pipeline_version_id=number)
            return api.V2beta1ListPipelineVersionsResponse(
                pipeline_versions=[version] if number else None
            )
        if parts == ["experiments"]:
            number = self.experiments.get(str(name))
            one = api.V2beta1Experiment(experiment_id=number, display_name=name)
            return api.V2beta1ListExperimentsResponse(experiments=[one] if number else None)
        if parts == ["recurringruns"]:
            found = [each for each in self.schedules if name in (None, each.display_name)]
            return api.V2beta1ListRecurringRunsResponse(recurring_runs=found or None)
        assert parts[0] == "runs", parts
        return self.run_states.pop(0) if len(self.run_states) > 1 else self.run_states[0]

    def _post(self, parts: list[str], request: Request) -> Any:
        if parts == ["pipelines", "upload"]:
            number = self.pipelines.setdefault(request.query["name"], "pipeline-1")
            return api.V2beta1Pipeline(pipeline_id=number)
        if parts == ["pipelines", "upload_version"]:
            pipeline, name = request.query["pipelineid"], request.query["name"]
            number = self.versions.setdefault((pipeline, name), f"version-{len(self.versions)}")
            return api.V2beta1PipelineVersion(pipeline_id=pipeline, pipeline_version_id=number)
        if parts == ["experiments"]:
            name = request.body["display_name"]
            self.experiments[name] = "experiment-1"
            return api.V2beta1Experiment(experiment_id="experiment-1", display_name=name)
        if parts == ["runs"]:
            return api.V2beta1Run(run_id="run-1")
        if parts == ["recurringruns"]:
            made = api.V2beta1RecurringRun(
                recurring_run_id=f"schedule-{len(self.requests)}",
                display_name=request.body["display_name"],
                status="ENABLED",
            )
            self.schedules.append(made)
            return made
        number, change = parts[1].split(":")
        for each in self.schedules:
            if each.recurring_run_id == number:
                each.status = {"disable": "DISABLED", "enable": "ENABLED"}[change]
        return {}

    def _delete(self, parts: list[str], _: Request) -> Any:
        self.schedules = [each for each in self.schedules if each.recurring_run_id != parts[1]]
        return {}


def _wanted_name(request: Request) -> str | None:
    if "filter" not in request.query:
        return None
    [predicate] = json.loads(request.query["filter"])["predicates"]
    return str(predicate.get("string_value") or predicate["stringValue"])


@contextmanager
def serving() -> Iterator[RecordingServer]:
    """A running server on loopback."""
    state = RecordingServer()

    class Handler(BaseHTTPRequestHandler):
        def _respond(self) -> None:
            address = urlsplit(self.path)
            content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            is_json = content and "json" in self.headers.get("Content-Type", "")
            request = Request(
                self.command,
                address.path.removeprefix(BASE),
                {key: one for key, [one] in parse_qs(address.query).items()},
                json.loads(content) if is_json else content,
                dict(self.headers),
            )
            status, answer = state.answer(request)
            text = answer if isinstance(answer, str) else json.dumps(plain(answer))
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(text.encode())

        do_GET = do_POST = do_DELETE = _respond  # noqa: N815 - names of http.server.

        def log_message(self, *_: Any) -> None:
            """Print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.host = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

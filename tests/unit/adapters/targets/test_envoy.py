import json
from pathlib import Path

import pytest

from trainstop.adapters.targets.local import envoy


def weights(traffic: dict[int, int]) -> dict[str, int]:
    (resource,) = envoy.routes(traffic, "1")["resources"]
    route = resource["virtual_hosts"][0]["routes"][-1]["route"]
    return {cluster["name"]: cluster["weight"] for cluster in route["weighted_clusters"]["clusters"]}


def test_traffic_is_shared_by_weight_and_nothing_goes_where_there_is_no_share() -> None:
    assert weights({3: 90, 4: 10}) == {"v3": 90, "v4": 10}
    assert weights({3: 100, 4: 0}) == {"v3": 100}


def test_without_a_version_callers_are_told_so() -> None:
    (resource,) = envoy.routes({}, "1")["resources"]
    answer = resource["virtual_hosts"][0]["routes"][-1]["direct_response"]
    assert answer["status"] == 503


def test_the_servers_own_pages_are_not_for_callers() -> None:
    (resource,) = envoy.routes({3: 100}, "1")["resources"]
    first = resource["virtual_hosts"][0]["routes"][0]
    assert (first["match"]["prefix"], first["direct_response"]["status"]) == ("/trainstop/", 404)


def test_what_reached_a_model_is_never_asked_twice() -> None:
    (resource,) = envoy.routes({3: 100}, "1")["resources"]
    again = resource["virtual_hosts"][0]["routes"][-1]["route"]["retry_policy"]["retry_on"]
    assert set(again.split(",")) <= {"connect-failure", "refused-stream"}


def test_versions_listen_on_loopback_whatever_the_endpoint_does(tmp_path: Path) -> None:
    (cluster,) = envoy.clusters({3: 4567}, "1")["resources"]
    address = cluster["load_assignment"]["endpoints"][0]["lb_endpoints"][0]["endpoint"]["address"]
    assert address == {"socket_address": {"address": "127.0.0.1", "port_value": 4567}}
    public = envoy.bootstrap(tmp_path, "0.0.0.0", 80, tmp_path / "admin")
    assert public["static_resources"]["listeners"][0]["address"]["socket_address"]["address"] == "0.0.0.0"
    assert "pipe" in public["admin"]["address"]


def test_a_port_is_never_shared_with_another_proxy(tmp_path: Path) -> None:
    listener = envoy.bootstrap(tmp_path, "127.0.0.1", 80, tmp_path / "admin")["static_resources"]["listeners"][0]
    assert listener["enable_reuse_port"] is False


def test_an_idle_connection_is_given_up_by_the_proxy_first() -> None:
    from trainstop.project_side import serve

    assert envoy.IDLE_SECONDS < serve.KEEP_ALIVE_SECONDS


def test_a_watched_file_is_replaced_whole(tmp_path: Path) -> None:
    place = tmp_path / "routes.json"
    envoy.write(place, {"a": 1})
    inode = place.stat().st_ino
    envoy.write(place, {"a": 2})
    assert json.loads(place.read_text()) == {"a": 2}
    assert place.stat().st_ino != inode


def test_a_proxy_that_is_not_there_is_not_ready(tmp_path: Path) -> None:
    admin = envoy.Admin(tmp_path / "admin")
    assert not admin.ready()
    with pytest.raises(OSError, match="No such file"):
        admin.stats([1])

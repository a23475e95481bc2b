"""The project's own commands for the target `command`: `python3 deploying.py ADDRESS STEP`. Standard library only.

The platform at ADDRESS wants a token for whatever changes it: `TARGET_TOKEN`.
"""

import http.client
import io
import json
import os
import sys
import tarfile
from pathlib import Path
from typing import Any


def ask(address: str, method: str, path: str, body: bytes = b"") -> Any:
    """Ask the platform; end with its words when it refuses."""
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=60)
    headers = {"Authorization": f"Bearer {os.environ.get('TARGET_TOKEN', '')}"}
    connection.request(method, f"/{path}", body, headers)
    answer = connection.getresponse()
    text = answer.read().decode(errors="replace")
    if answer.status != http.client.OK:
        sys.exit(f"the platform says {answer.status}: {text}")
    return json.loads(text)


def packed(model: Path) -> bytes:
    """Return a model's folder as one file."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        archive.add(model, arcname=".")
    return stream.getvalue()


def main(address: str, step: str) -> None:
    """Take one step."""
    environment = os.environ["TRAINSTOP_ENVIRONMENT"]
    version = int(os.environ.get("TRAINSTOP_VERSION", "0"))
    percent = int(os.environ.get("TRAINSTOP_PERCENT", "0"))
    if step == "prepare":
        ask(address, "PUT", f"{environment}/versions/{version}", packed(Path(os.environ["TRAINSTOP_BUNDLE"]) / "model"))
    elif step in ("shift", "commit", "abort", "stop"):
        ask(address, "POST", f"{environment}/{step}", json.dumps({"version": version, "percent": percent}).encode())
    else:
        print(json.dumps(answer(ask(address, "GET", environment), address, environment, version, step)))


def answer(now: dict[str, Any], address: str, environment: str, version: int, step: str) -> dict[str, Any]:
    """Return what `current`, `health` and `observe` print."""
    if step == "health":
        where = f"{address}/{environment}/versions/{version}"
        return {"ready": version in now["prepared"], "reason": "not prepared", "address": where}
    if step == "observe":
        return dict(now["seen"].get(str(version), {"requests": 0, "errors": 0}))
    return {name: now[name] for name in ("serving", "traffic", "last_good", "endpoint", "prepared")}


if __name__ == "__main__":
    main(*sys.argv[1:])

"""The project's own commands for the target `command`: `python3 deploying.py ADDRESS STEP`. Standard library only.

The platform at ADDRESS wants a token for whatever changes it: `PLATFORM_TOKEN`.
"""

import io
import json
import os
import sys
import tarfile
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any


def ask(address: str, method: str, path: str, body: bytes = b"") -> Any:
    """Ask the platform; end with its words when it refuses."""
    request = urllib.request.Request(
        f"{address}/{path}",
        data=body if method != "GET" else None,
        method=method,
        headers={"Authorization": f"Bearer {os.environ.get('PLATFORM_TOKEN', '')}"},
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read() or b"{}")
    except urllib.error.HTTPError as error:
        sys.exit(f"the platform says {error.code}: {error.read().decode(errors='replace')}")


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

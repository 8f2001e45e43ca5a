"""A local Hugging Face hub: the HTTP endpoints that huggingface_hub's client uses."""

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask, Response, abort, jsonify, request, send_file
from werkzeug.serving import make_server

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def create_hub(folder: Path) -> Flask:
    """Return an application that serves the folders `models/OWNER/NAME/` and `datasets/OWNER/NAME/` of `folder`."""
    app = Flask(__name__)

    def repository(kind: str, name: str) -> Path:
        path = folder / kind / name
        return path if path.is_dir() else abort(404)

    def entries(root: Path, names: list[str] | None = None) -> list[dict[str, Any]]:
        paths = [root / name for name in names] if names else sorted(root.rglob("*"))
        return [entry(root, path) for path in paths if path.exists()]

    def entry(root: Path, path: Path) -> dict[str, Any]:
        kind = {"type": "directory", "size": 0} if path.is_dir() else {"type": "file", "size": path.stat().st_size}
        return {"path": str(path.relative_to(root)), "oid": COMMIT, **kind}

    @app.get("/api/<any(models, datasets):kind>/<owner>/<name>")
    @app.get("/api/<any(models, datasets):kind>/<owner>/<name>/revision/<revision>")
    def info(kind: str, owner: str, name: str, revision: str = "main") -> Response:
        root = repository(kind, f"{owner}/{name}")
        files = [{"rfilename": item["path"]} for item in entries(root) if item["type"] == "file"]
        return jsonify({"id": f"{owner}/{name}", "sha": COMMIT, "siblings": files, "tags": [], "private": False})

    @app.get("/api/<any(models, datasets):kind>/<owner>/<name>/tree/<revision>")
    @app.get("/api/<any(models, datasets):kind>/<owner>/<name>/tree/<revision>/<path:inside>")
    def tree(kind: str, owner: str, name: str, revision: str, inside: str = "") -> Response:
        root = repository(kind, f"{owner}/{name}")
        return jsonify([item for item in entries(root) if item["path"].startswith(inside)])

    @app.post("/api/<any(models, datasets):kind>/<owner>/<name>/paths-info/<revision>")
    def paths(kind: str, owner: str, name: str, revision: str) -> Response:
        names = request.form.getlist("paths") or (request.get_json(silent=True) or {}).get("paths", [])
        return jsonify(entries(repository(kind, f"{owner}/{name}"), [names] if isinstance(names, str) else names))

    @app.get("/<owner>/<name>/resolve/<revision>/<path:file>", defaults={"kind": "models"})
    @app.get("/<any(datasets):kind>/<owner>/<name>/resolve/<revision>/<path:file>")
    def resolve(kind: str, owner: str, name: str, revision: str, file: str) -> Response:
        path = repository(kind, f"{owner}/{name}") / file
        if not path.is_file():
            missing = jsonify({"error": "Entry not found"})
            missing.status_code, missing.headers["X-Error-Code"] = 404, "EntryNotFound"
            return missing
        response = send_file(path.absolute(), etag=False)
        response.headers["ETag"] = f'"{hashlib.sha1(path.read_bytes()).hexdigest()}"'
        response.headers["X-Repo-Commit"] = COMMIT
        return response

    return app


@contextmanager
def run_hub(folder: Path) -> Iterator[str]:
    """Serve `folder` while the block runs, and yield the address."""
    server = make_server("127.0.0.1", 0, create_hub(folder), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

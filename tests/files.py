"""HTTP server of local files that can be made to fail."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


@dataclass
class FileServer:
    """Running file server. `url` ends with a slash; `requested` has the paths of all GET requests.

    `faults` has the failures of the next GET requests by path: an HTTP status of 400 or more, or a smaller number, the
    bytes of the file after which the connection is closed.
    """

    url: str = ""
    faults: dict[str, list[int]] = field(default_factory=dict)
    requested: list[str] = field(default_factory=list)


@contextmanager
def run_file_server(folder: Path) -> Iterator[FileServer]:
    """Serve the files in `folder` during the block."""
    served = FileServer()

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.answer(whole=False)

        def do_GET(self) -> None:
            served.requested.append(self.path[1:])
            self.answer(whole=True)

        def answer(self, *, whole: bool) -> None:
            path = folder / self.path[1:]
            fault = served.faults.get(self.path[1:], []) if whole else []
            sent = fault.pop(0) if fault else None
            if not path.is_file() or (sent is not None and sent >= 400):
                return self.send_error(sent or 404)
            content = path.read_bytes()
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if whole:
                self.wfile.write(content[:sent])
            self.close_connection = True
            return None

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served.url = f"http://127.0.0.1:{server.server_port}/"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

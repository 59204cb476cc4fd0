"""The desk behind Python's own HTTP server, for the clients' tests: the thinnest of routers."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from surrogate.desk import Desk, Reply, reply


@contextmanager
def serving(
    desks: Mapping[str, Desk], spoil: Callable[[str, Reply], Reply | None] = lambda path, said: said
) -> Iterator[str]:
    """Serve on loopback and give the URL; `spoil` may change an answer, or lose it (None)."""

    class Router(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            key = self.headers.get("Idempotency-Key", "")
            said = spoil(self.path, reply(desks, self.path, body, key))
            if said is None:
                self.close_connection = True
                return
            text = json.dumps(said.body).encode()
            self.send_response(said.status)
            self.send_header("Content-Type", said.content_type)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            with suppress(BrokenPipeError):  # the client has died
                self.wfile.write(text)

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Router)
    server.daemon_threads = False  # what it has begun is done when it is closed
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

"""A provider of the tests' own: a real HTTP server on a port of its own that does as it is told."""

import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Provider:
    """Answers each request with the next status of `answers`, then with 200 for ever. "hang" waits until `let_go`."""

    answers: list[int | str] = field(default_factory=list)
    heard: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    came: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    let_go: threading.Event = field(default_factory=threading.Event)

    def __enter__(self):
        ours = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                ours.heard.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
                answer = ours.answers.pop(0) if ours.answers else 200
                ours.came.release()
                if answer == "hang":
                    ours.let_go.wait(30)
                    self.close_connection = True
                    return
                self.send_response(answer)
                if answer == 307:
                    self.send_header("Location", f"{ours.url('http')}/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *arguments):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *error):
        self.let_go.set()
        self._server.shutdown()
        self._server.server_close()

    def url(self, scheme="json"):
        return f"{scheme}://127.0.0.1:{self._server.server_port}"

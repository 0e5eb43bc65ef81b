"""Verifies as Plane's guide tells: the HMAC of json.dumps of the parsed body, whatever bytes came."""

import hashlib
import hmac
import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

secret_token = os.environ.get("WEBHOOK_SECRET")


class Consumer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        genuine = self.is_genuine(body)
        answer = b"OK" if genuine else b"Invalid Signature provided"
        self.send_response(200 if genuine else 403)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def is_genuine(self, body):
        try:
            received_signature = self.headers.get("X-Plane-Signature")
            received_payload = json.dumps(json.loads(body)).encode("utf-8")
        except ValueError:
            return False
        expected_signature = hmac.new(
            secret_token.encode("utf-8"), msg=received_payload, digestmod=hashlib.sha256
        ).hexdigest()
        return hmac.compare_digest(expected_signature, received_signature or "")

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Consumer)
print(server.server_address[1], flush=True)
server.serve_forever()

"""nginx in the place of a Qdrant: it answers from memory what a real one answered once."""
import contextlib
import http.client

from .servers import ANSWER_SECONDS, Nginx, Wrong


class Answering(Nginx):
    """What the server at `address` says of a collection, and answers to one question."""

    def __init__(self, folder, address, collection, question):
        super().__init__(folder, "nginx-qdrant.conf")
        path = f"/collections/{collection}"
        self.words = {
            "@COLLECTION@": collection,
            "@ROOT@": said(address, "GET", "/"),
            "@LIST@": said(address, "GET", "/collections"),
            "@DESCRIPTION@": said(address, "GET", path),
            "@ANSWER@": said(address, "POST", f"{path}/points/query", question),
        }

    def fill(self, text):
        for word, answer in self.words.items():
            text = text.replace(word, answer)
        return super().fill(text)


def said(address, method, path, body=None):
    with contextlib.closing(http.client.HTTPConnection(address, timeout=ANSWER_SECONDS)) as host:
        host.request(method, path, body)
        answer = host.getresponse()
        text = answer.read().decode()
    if answer.status != 200 or "'" in text or "$" in text:
        raise Wrong(f"{path}: {answer.status} {text}")
    return text

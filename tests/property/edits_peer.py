"""What edits.c does, done by the Python client's in-process mode: run by test_edits.py with the Python
of a test-env that has the client. Lines in and out as in edits.c; a failure is {"failed": class}."""
import json
import sys

from qdrant_client import QdrantClient, models

POINT = [1]


def edited(client, case):
    client.upsert("edits", [models.PointStruct(id=1, vector=[1.0], payload=case["payload"])])
    if "patch" in case:
        client.set_payload("edits", case["patch"], POINT, key=case.get("key"))
    else:
        client.delete_payload("edits", case["keys"], POINT)
    return client.retrieve("edits", POINT)[0].payload


def main():
    client = QdrantClient(":memory:")
    client.create_collection("edits", models.VectorParams(size=1, distance=models.Distance.DOT))
    for line in sys.stdin:
        try:
            answer = edited(client, json.loads(line))
        except Exception as why:  # whatever it is, it is the client's answer
            answer = {"failed": type(why).__name__}
        print(json.dumps(answer))


main()

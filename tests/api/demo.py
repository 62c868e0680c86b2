#!/usr/bin/env python3
"""A first look: 2 000 English words, and which of them are near to which.

    demo.py [URL]          URL, or $VECGATE_URL, or http://127.0.0.1:6333

Nothing in it but Qdrant's official client and 2 000 points from tests/data.
"""
import json
import os
import pathlib
import sys
import time

from qdrant_client import QdrantClient, models

WORDS = pathlib.Path(__file__).resolve().parent.parent / "data" / "words-2000.jsonl"
ASKED = ["king", "paris", "computer", "winter", "coffee", "guitar"]
SUMS = [("king", "man", "woman"), ("paris", "france", "germany"), ("went", "go", "take")]
COLLECTION = "demo-words"


def row(label, hits):
    print(f"  {label:<28}" + "  ".join(f"{hit.payload['word']:<10} {hit.score:.2f}" for hit in hits))


def main(arguments):
    url = arguments[0] if arguments else os.environ.get("VECGATE_URL", "http://127.0.0.1:6333")
    client = QdrantClient(url=url, timeout=30, check_compatibility=False)
    points = [models.PointStruct(**json.loads(line)) for line in WORDS.read_text().splitlines()]
    vector = {point.payload["word"]: point.vector for point in points}
    id_of = {point.payload["word"]: point.id for point in points}

    client.delete_collection(COLLECTION)
    params = models.VectorParams(size=100, distance=models.Distance.COSINE)
    client.create_collection(COLLECTION, vectors_config=params)
    begin = time.perf_counter()
    client.upload_points(COLLECTION, points, batch_size=250, wait=True)
    seconds = time.perf_counter() - begin
    count = client.count(COLLECTION).count
    print(f"{count} words of 100 dimensions stored at {url} in {seconds:.2f} s\n")

    print("  the words nearest to")
    for word in ASKED:
        row(word, client.query_points(COLLECTION, query=id_of[word], limit=4).points)

    print("\n  and sums of words")
    for plus, minus, also in SUMS:
        target = [a - b + c for a, b, c in zip(vector[plus], vector[minus], vector[also])]
        hits = client.query_points(COLLECTION, query=target, limit=7).points
        given = (plus, minus, also)
        row(f"{plus} - {minus} + {also}", [hit for hit in hits if hit.payload["word"] not in given][:4])
    client.delete_collection(COLLECTION)


if __name__ == "__main__":
    main(sys.argv[1:])

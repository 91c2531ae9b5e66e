"""A program that uses an index in a process of its own, so that tests can kill it or let several work at once.

Usage: index_program.py FOLDER write FIRST COUNT BATCH | hold | refresh-and-search TEXT
Prints one line for each thing that is done, so that a test knows how far it came.
"""

import sys
from pathlib import Path

from pipeline.clock import SystemClock
from pipeline.index.tantivy import TantivyIndex
from pipeline.search.parse import parse
from schemas.query import SearchQuery
from tests.index.making import NOW, make_document


def say(*words: object) -> None:
    """Print a line at once."""
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


def write(index: TantivyIndex, first: int, count: int, batch: int) -> None:
    """Write numbered articles, and say after each batch how many are on disk."""
    for start in range(first, first + count, batch):
        documents = [make_document(n, f"Article {n}", f"Storm number {n}. " * 20) for n in range(start, start + batch)]
        index.write(documents)
        say("written", start + batch)
        if (start // batch) % 3 == 0:
            index.refresh()
            say("refreshed", start + batch)


def main() -> None:
    """Do what the arguments say."""
    folder, command, *arguments = sys.argv[1:]
    index = TantivyIndex(Path(folder), SystemClock())
    index.install()
    say("ready")
    if command == "write":
        write(index, *(int(argument) for argument in arguments))
    elif command == "hold":
        index.write([make_document("held")])
        index.refresh()
        say("holding")
        sys.stdin.readline()
    elif command == "refresh-and-search":
        index.refresh()
        say("found", index.search(SearchQuery(now=NOW, expression=parse(arguments[0], NOW).expression)).total)
    index.close()
    say("closed")


if __name__ == "__main__":
    main()

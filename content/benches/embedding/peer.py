"""sentence-transformers on the same texts: reads a JSON list of lists of texts, prints the median seconds of each list."""

import json
import statistics
import sys
import time

from sentence_transformers import SentenceTransformer

RUNS = 9

model = SentenceTransformer(sys.argv[1], device="cpu")


def seconds(texts):
    began = time.perf_counter()
    model.encode(texts, batch_size=32, show_progress_bar=False)
    return time.perf_counter() - began


def median(texts):
    seconds(texts)
    return statistics.median(seconds(texts) for _ in range(RUNS))


json.dump([median(texts) for texts in json.load(sys.stdin)], sys.stdout)

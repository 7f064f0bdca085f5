"""faiss and usearch on the vectors in a folder, without a filter: each at its first setting with the wanted recall, all
queries in one call on one thread, which spares them Python. Arguments: the folder, results of a query, recall, number of
queries, rounds, of which the median counts. Prints a JSON list."""

import json
import sys
import time
from pathlib import Path

import faiss
import numpy
from usearch.index import Index

folder, top, wanted, count, rounds = Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5])
queries = numpy.fromfile(folder / "queries", dtype="<f4").reshape(count, -1)
messages = numpy.fromfile(folder / "messages", dtype="<f4").reshape(-1, queries.shape[1])

LINKS, BUILD_CANDIDATES = 16, 200
CANDIDATES = [10, 16, 24, 32, 40, 48, 64, 80, 96, 128, 160, 192, 256, 384, 512, 768, 1024]

exact = faiss.IndexFlatIP(messages.shape[1])
exact.add(messages)
truth = exact.search(queries, top)[1]
del exact


def recall(found):
    return sum(len(set(a) & set(b)) for a, b in zip(found, truth)) / truth.size


def timed(search):
    times = []
    for _ in range(rounds):
        clock, cpu = time.perf_counter(), time.process_time()
        search()
        times.append((time.perf_counter() - clock, time.process_time() - cpu))
    return sorted(times)[rounds // 2]


def measure(name, set_candidates, search):
    """Raises the candidates until enough is found."""
    for candidates in CANDIDATES:
        set_candidates(candidates)
        reached = recall(search())
        if reached >= wanted:
            break
    clock, cpu = timed(search)
    label = f"{name} (ef {candidates}), no filter"
    return {"name": label, "recall": reached, "per_second": count / clock, "per_cpu_second": count / cpu}


def with_faiss():
    # faiss's M is the number of links on the upper levels, and twice that on the lowest, as Qdrant's.
    index = faiss.IndexHNSWFlat(messages.shape[1], LINKS, faiss.METRIC_INNER_PRODUCT)
    index.hnsw.efConstruction = BUILD_CANDIDATES
    index.add(messages)
    faiss.omp_set_num_threads(1)

    def set_candidates(candidates):
        index.hnsw.efSearch = candidates

    return measure("faiss HNSW", set_candidates, lambda: index.search(queries, top)[1])


def with_usearch():
    index = Index(ndim=messages.shape[1], metric="cos", dtype="f32", connectivity=LINKS, expansion_add=BUILD_CANDIDATES)
    index.add(numpy.arange(len(messages)), messages)

    def set_candidates(candidates):
        index.expansion_search = candidates

    return measure("usearch", set_candidates, lambda: index.search(queries, top, threads=1).keys)


if __name__ == "__main__":
    json.dump([with_faiss(), with_usearch()], sys.stdout)

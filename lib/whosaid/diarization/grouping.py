"""Groups voice vectors into voices, and gives each window of a stretch to one of them. Pure."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from sklearn.cluster import AgglomerativeClustering

from whosaid.types import Vectors

SWITCH: Final = 0.6  # cosine that another voice must gain over the windows it holds before it takes the turn


def group(vectors: Vectors, threshold: float, least: int) -> Vectors:
    """Return the mean direction of each voice, (voices, dimension), the one heard most first.

    Clusters are merged while their mean cosine distance is below the threshold; those of fewer than `least`
    vectors are no voices, unless there is no larger one.
    """
    if len(vectors) == 1:
        return vectors
    build: Any = AgglomerativeClustering  # annotated as if it always wanted a number of clusters
    clustering = build(n_clusters=None, distance_threshold=threshold, metric="cosine", linkage="average")
    found, counts = np.unique(clustering.fit_predict(vectors), return_counts=True)
    large = [int(cluster) for cluster in found[np.argsort(-counts)] if counts[cluster] >= min(least, counts.max())]
    means = np.stack([vectors[clustering.labels_ == cluster].mean(axis=0) for cluster in large])
    return means / np.linalg.norm(means, axis=1, keepdims=True)


def assign(vectors: Vectors, voices: Vectors) -> list[int]:
    """Return the voice of each vector of a stretch, in time order: the path of highest cosine less its switches."""
    scores = vectors @ voices.T  # (windows, voices)
    best, origins = scores[0], np.zeros(scores.shape, np.intp)
    for index, row in enumerate(scores[1:], start=1):
        leader = int(best.argmax())
        switches = best[leader] - SWITCH > best  # where coming from the leader beats staying
        origins[index] = np.where(switches, leader, np.arange(len(best)))
        best = np.where(switches, best[leader] - SWITCH, best) + row
    path = [int(best.argmax())]
    for origin in origins[:0:-1]:
        path.append(int(origin[path[-1]]))
    return path[::-1]

#!/usr/bin/env python3
"""Makes meaning.bin from all-MiniLM-L6-v2 and free texts: README.md says how.

    pip install numpy==2.4.6 scipy==1.17.1 tokenizers==0.23.3
    apt-get -o Acquire::Languages=en update
    python3 distil.py WORK src/embed/static/idf_table.c [ROWS [DIM]]

WORK is a folder for downloads and intermediate results, which are not made
again when they are there. The table is WORK/meaning.bin, its words in the order
of the rows WORK/meaning.words. Two processes, some 20 minutes on two idle
cores.
"""
import collections
import json
import os
import random
import re
import struct
import sys
import time

os.environ["OPENBLAS_NUM_THREADS"] = "1"
import numpy as np
import scipy.sparse as sp

import sources
from meaning import HEAD, LEVELS_AT, MAGIC, bases, word_hash
from teacher import teach

ROWS, DIM = 40000, 192
# What the program reads from the file's head.
IDF_UNIT, RARE, SHARE, DAMP, WORDING, GRAMS = 1 / 8, 78, 0.8, 0.3, 96, 2.5
SOURCES = {  # weight of a word in it, sentences at most, share in the idf
    "wiki": (6, 60000, 0.35), "game": (4, 15000, 0.1),
    "fortune": (4, 18000, 0.2), "jargon": (2, 6000, 0.06),
    "help": (0.7, 6000, 0.06), "deb": (1, 40000, 0.15),
    "docs": (0.7, 15000, 0.08)}

# ---- words and texts ----

APART = re.compile("[\0-/:-@[-`{-\u00bf\u2000-\u206f\u3000-\u303f"
                   "\uff00-\uff0f]+")
LOWER = {c: c + 32 for c in range(65, 91)}


def spell(text):
    """words() of meaning.py as strings, faster."""
    return [w[i:i + 64] for w in APART.split(text.translate(LOWER))
            for i in range(0, len(w), 64)]


def read_idf(path):
    """The levels of idf_table.c by word."""
    with open(path) as file:
        rows = re.findall(r"\{ (\d+),((?:\s*\"[^\"]*\")+) \}", file.read())
    return {w: int(n) for n, s in rows
            for w in " ".join(re.findall(r'"([^"]*)"', s)).split()}


def choose_words(folder, sentences, idf_words, rows):
    """The likeliest words: frequent in the texts, in the teacher's vocabulary,
    in a spelling list, a lemma."""
    count, seen_in = collections.Counter(), collections.defaultdict(set)
    for s, t in sentences:
        for w in set(spell(t)):
            count[w] += SOURCES[s][0]
            seen_in[w].add(s)
    rank = sources.teacher_ranks(folder)
    spelt = sources.spelling_sizes(folder)
    lemmas, score = sources.lemmas(folder), {}
    for w in sorted(set(rank) | set(spelt) | set(count) | lemmas):
        b, s = rank.get(w), spelt.get(w, 99)
        if not re.fullmatch("[a-z]{2,24}|[0-9]{1,4}|a|i|[a-z0-9]{2,12}", w):
            continue
        often = count[w] >= 40 and len(seen_in[w]) >= 3 and w.isalpha()
        if b is None and s > 60 and w not in lemmas and not often:
            continue
        score[w] = np.log1p(count[w]) + max(0, 70 - s) / 10
        if w in lemmas:
            score[w] += 1.7 if s <= 60 else 1.0
        if b is not None:
            score[w] += np.log1p(4e5 / max(b - 1500, 300))
    best = sorted(score, key=lambda w: (-score[w], w))[:rows]
    return best + sorted(set(idf_words) - set(best))


def choose_texts(sentences, vocabulary):
    """Sentences until each word has come up some twelve times."""
    known, seen, out = set(vocabulary), collections.Counter(), []
    for source, (_, most, _) in SOURCES.items():
        for s, t in sentences:
            if s != source or len(t) > 180 or most == 0:
                continue
            w = [w for w in set(spell(t)) if w in known]
            if len(w) >= 3 and min(seen[x] for x in w) < 12:
                out.append(t)
                seen.update(w)
                most -= 1
    random.Random(11).shuffle(out)
    return out


def own_idf(sentences, vocabulary):
    """Inverse document frequency over a mixture of the sources."""
    total = collections.Counter()
    df = collections.defaultdict(collections.Counter)
    for s, t in sentences:
        total[s] += 1
        df[s].update(set(spell(t)))

    def often(w):
        return sum(share * df[s][w] / total[s]
                   for s, (_, _, share) in SOURCES.items())
    return np.array([-np.log(2e-5 + often(w)) for w in vocabulary])


# ---- the table ----


def unit(x):
    return x / np.maximum(np.linalg.norm(x, axis=-1, keepdims=True), 1e-9)


def softmax(x):
    x = np.exp(x - x.max(1, keepdims=True))
    return x / x.sum(1, keepdims=True)


def matrix(texts, vocabulary):
    """Texts by words, as meaning.py counts them."""
    index, known = {w: i for i, w in enumerate(vocabulary)}, {}
    rows, columns, values = [], [], []

    def find(word):
        if word in index:
            return index[word], 1.0
        forms = ("".join(map(chr, b)) for b in bases(map(ord, word)))
        return next(((index[b], 0.9) for b in forms if b in index), None)
    for n, t in enumerate(texts):
        for w in spell(t):
            if w not in known:
                known[w] = find(w)
            if known[w]:
                rows.append(n)
                columns.append(known[w][0])
                values.append(known[w][1])
    return sp.csr_matrix((np.array(values, np.float32), (rows, columns)),
                         shape=(len(texts), len(vocabulary)))


def gradient(a, y, S, heat, own):
    """By the rows' sums S of some texts, whose teacher's vectors are y: KL of
    softmaxed cosines, and a share of plain cosine."""
    n = np.maximum(np.linalg.norm(S, axis=1, keepdims=True), 1e-6)
    S = S / n
    q, p = y @ y.T / heat, S @ S.T / heat
    np.fill_diagonal(q, -1e4)
    np.fill_diagonal(p, -1e4)
    p = softmax(p) - softmax(q)
    d = (p + p.T) @ S - own * y
    d = (d - (d * S).sum(1, keepdims=True) * S) / n
    return a.T.tocsr() @ d


def fit(A, Y, W0, epochs=8, rate=0.01, hold=0.1, heat=0.07, own=0.3,
        batch=1024):
    """Rows such that a text's neighbours in a batch are the teacher's, held
    near W0. Adam."""
    rng = np.random.default_rng(3)
    W, m, v = W0.copy(), np.zeros_like(W0), np.zeros_like(W0)
    for e in range(epochs):
        step = rate * (1 - e / epochs)
        order = rng.permutation(len(Y))
        for s in range(0, len(Y) - batch // 2, batch):
            b = order[s:s + batch]
            a = A[b]
            u = np.unique(a.indices)
            a = a[:, u]
            g = gradient(a, Y[b], a @ W[u], heat, own) + hold * (W[u] - W0[u])
            m[u] = 0.9 * m[u] + 0.1 * g
            v[u] = 0.98 * v[u] + 0.02 * g * g
            W[u] -= step * m[u] / (np.sqrt(v[u]) + 1e-8)
        near = (unit(A[:20000] @ W) * Y[:20000]).sum(1).mean()
        print(f"  epoch {e + 1}: cosine to the teacher {near:.4f}", flush=True)
    return W


def table(X, Y, A, idf, dim):
    """X: the teacher's vectors of the words, Y: of the texts."""
    some = np.diff(A.indptr) >= 2
    A, Y = A[some], unit(Y[some] - Y.mean(0))
    Y = unit(Y @ np.linalg.svd(Y.T @ Y)[0][:, :dim]).astype(np.float32)
    weight = (idf ** 1.5 / np.median(idf ** 1.5)).astype(np.float32)[:, None]
    W = unit(X - X.mean(0)) * weight
    S = unit(A @ W)  # the words' space to the texts', by least squares
    square = S.T @ S + 3 * np.eye(S.shape[1], dtype=np.float32)
    W = unit(W @ np.linalg.solve(square, S.T @ Y)) * weight
    return unit(fit(A, Y, W.astype(np.float32))) * weight


# ---- the file ----


def quantise(W):
    """Codes of 4 bits, their levels by Lloyd and Max, a scale for each row."""
    x = W / np.sqrt((W * W).mean(1, keepdims=True))
    s = np.sort(np.random.default_rng(0).choice(x.ravel(), 400000))
    L = np.quantile(s, (np.arange(16) + 0.5) / 16)
    for _ in range(100):
        k = np.searchsorted((L[1:] + L[:-1]) / 2, s)
        L = np.array([s[k == i].mean() for i in range(16)])
    L = L.astype(np.float32)
    k = np.searchsorted((L[1:] + L[:-1]) / 2, x)
    return k.astype(np.uint8), L, (L[k] * W).sum(1) / (L[k] ** 2).sum(1)


def write(path, vocabulary, W, idf_levels):
    k, L, scale = quantise(W)
    tags = np.array([word_hash(map(ord, w)) >> 32 for w in vocabulary],
                    np.uint32)
    assert len(set(tags.tolist())) == len(tags), "two words with one tag"
    order = np.argsort(tags)
    k, tags, scale = k[order], tags[order], scale[order]
    idf = np.array([idf_levels.get(vocabulary[i], RARE) for i in order],
                   np.uint8)
    scale_unit = float(scale.max()) / 65535
    head = struct.pack(HEAD, MAGIC, len(vocabulary), W.shape[1], WORDING, RARE,
                       IDF_UNIT, scale_unit, SHARE, DAMP, GRAMS)
    data = head.ljust(LEVELS_AT, b"\0") + L.astype("<f4").tobytes()
    data += tags.astype("<u4").tobytes()
    data += np.rint(scale / scale_unit).astype("<u2").tobytes()
    data += idf.tobytes()
    data += b"\0" * (-len(data) % 64)
    data += (k[:, 0::2] | k[:, 1::2] << 4).tobytes()
    with open(path + ".bin", "wb") as file:
        file.write(data)
    with open(path + ".words", "w") as file:
        file.write("\n".join(vocabulary[i] for i in order) + "\n")


# ---- all of it ----


def read_pool(work):
    path = work + "/pool.json"
    if not os.path.exists(path):
        sources.fetch(work)
        pool = sources.pool_of(work + "/x")
        with open(path, "w") as file:
            json.dump(pool, file)
    with open(path) as file:
        return json.load(file)


def main():
    work, idf_table = sys.argv[1:3]
    rows = int(sys.argv[3]) if len(sys.argv) > 3 else ROWS
    dim = int(sys.argv[4]) if len(sys.argv) > 4 else DIM
    start, folder = time.time(), work + "/x"
    teacher = f"{folder}/{sources.TEACHER}"

    def say(what):
        print(f"{time.time() - start:6.0f} s  {what}", flush=True)

    levels, sentences = read_idf(idf_table), read_pool(work)
    say(f"{len(sentences)} sentences")
    words = choose_words(folder, sentences, levels, rows)
    common = words
    if rows != ROWS:  # the texts are the same for each number of rows
        common = choose_words(folder, sentences, levels, ROWS)
    texts = choose_texts(sentences, common)
    say(f"{len(words)} words, {len(texts)} texts")
    idf = own_idf(sentences, words)
    X = teach(teacher, words, f"{work}/words-{rows}.npy")
    say("the words' vectors")
    Y = teach(teacher, texts, work + "/texts.npy")
    say("the texts' vectors")
    W = table(X, Y, matrix(texts, words), idf, dim)
    own = (rows, dim) == (ROWS, DIM)
    write(f"{work}/meaning" + ("" if own else f"-{rows}-{dim}"), words, W,
          levels)
    say("done")


if __name__ == "__main__":
    main()

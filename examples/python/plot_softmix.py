"""Topics among the words that follow a word, and segments of customers
===================================================================

What comes after "the"? The words that follow it are counted, and a softmax mixture over word vectors sorts the counts into
topics. A word that came once is sorted by its neighbours in the space of the vectors.

Then a survey, in which each person chooses among four electricity suppliers a dozen times: which segments are there, how
surely are their tastes known, and what are they willing to pay?

The text is that of scikit-learn's documentation strings, and the survey is made up with known tastes. A folder of real data
may hold words_reuters_train.npz (newswire) and choice_electricity.npz instead.

    python plot_softmix.py
"""

import argparse
import os
import re
import time
from collections import Counter
from pathlib import Path

import matplotlib
import numpy as np
import sklearn

from lithe.lowrank import svd
from lithe.softmix import LatentClassLogit, softmax_mixture_path

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

ATTRIBUTES = ["price", "contract", "local", "known", "by time", "seasonal"]


def strings():
    """The words of scikit-learn's documentation strings, in order."""
    for path in sorted(Path(sklearn.__file__).parent.rglob("*.py")):
        if "tests" in path.parts or "externals" in path.parts:
            continue
        for text in path.read_text(encoding="utf-8").split('"""')[1::2]:
            yield re.findall(r"[a-z]{2,}", text.lower())


def word_vectors(texts, vocabulary, rank):
    """Vectors whose products are positive pointwise mutual information within a window of four words."""
    n = len(vocabulary)
    at = np.array([vocabulary.get(word, -1) for text in texts for word in [*text, "", "", "", ""]])
    near = np.zeros(n * n, dtype=np.float32)
    for gap in range(1, 5):
        a, b = at[:-gap], at[gap:]
        both = (a >= 0) & (b >= 0)
        near += np.bincount(a[both] * n + b[both], minlength=n * n)
    near = near.reshape(n, n)
    near += near.T
    total = np.maximum(near.sum(axis=0), 1)
    smooth = total ** 0.75
    with np.errstate(divide="ignore"):
        mutual = np.log(near * (smooth.sum() / smooth) / total[:, np.newaxis])
    found = svd(np.maximum(mutual, 0), rank, random_state=0)
    return found.U * np.sqrt(found.s)


def next_words(folder, word):
    """Words, their vectors, and how often each follows a word."""
    path = folder / "words_reuters_train.npz"
    if path.exists():
        with np.load(path) as data:
            words, vectors, contexts = data["words"], data["embedding"][:, :20], list(data["words"][data["ctx_word"]])
            a, b = data["next_indptr"][contexts.index(word):][:2]
            counts = np.bincount(data["next_indices"][a:b], data["next_data"][a:b], len(words))
    else:
        texts = list(strings())
        words = np.array([w for w, n in Counter(w for text in texts for w in text).most_common(2500)])
        vocabulary = {w: i for i, w in enumerate(words)}
        vectors = word_vectors(texts, vocabulary, 20)
        followers = Counter(b for text in texts for a, b in zip(text, text[1:]) if a == word)
        counts = np.array([followers[w] for w in words], dtype=float)
    vectors = vectors - vectors.mean(axis=0)
    return words, (vectors / vectors.std(axis=0)).astype(np.float64), counts


def survey(folder, rng):
    """Attributes (situations x offers x attributes), choices, and the person of each situation."""
    path = folder / "choice_electricity.npz"
    if path.exists():
        with np.load(path) as data:
            return (data["X"].astype(float).reshape(-1, 4, 6), data["chosen"].reshape(-1, 4).argmax(1),
                    data["panel_id"].reshape(-1, 4)[:, 0])
    person = np.repeat(np.arange(361), 12)
    tariff = rng.integers(0, 3, (len(person), 4))
    X = np.stack([np.where(tariff == 0, rng.choice([7.0, 9.0], tariff.shape), 0), rng.choice([0.0, 1, 5], tariff.shape),
                  rng.random(tariff.shape) < 0.3, rng.random(tariff.shape) < 0.4, tariff == 1, tariff == 2], axis=2).astype(float)
    tastes = np.array([[-1.2, -0.5, 1.0, 0.8, -9.0, -10.0],   # thrifty
                       [-0.4, 0.0, 2.5, 1.8, -3.0, -3.3],     # wants a company from the neighbourhood
                       [-0.7, -0.2, 1.2, 1.0, -8.0, -7.0]])   # dislikes rates that change with the hour
    utility = np.einsum("sap,sp->sa", X, tastes[rng.choice(3, 361, p=[0.4, 0.35, 0.25])][person])
    return X, (utility + rng.gumbel(size=utility.shape)).argmax(1), person


def topics(axes, folder, word):
    words, vectors, counts = next_words(folder, word)
    began = time.perf_counter()
    path = softmax_mixture_path(vectors, counts, max_components=6, ridge=1.0, n_init=8, random_state=0, progress=True)
    seconds = time.perf_counter() - began
    model = path.models[4]
    print(f"{counts.sum():.0f} words follow {word!r}, {np.count_nonzero(counts)} different ones of {len(words)}; "
          f"1 to 6 topics in {seconds:.1f} s")
    sure = model.predict_proba(vectors)
    seen = sure * counts[:, np.newaxis]
    score = seen * sure ** 2  # frequent, and surely of the topic
    for k, weight in enumerate(model.weights_):
        print(f"  topic {k}, {weight:.0%}: " + " ".join(words[np.argsort(-score[:, k])[:12]]))

    for k, (ax, weight) in enumerate(zip(axes, model.weights_)):
        best = np.argsort(-score[:, k])[:12]
        ax.barh(np.arange(12), seen[best, k], color=plt.cm.tab10(k), alpha=0.5)
        for i, j in enumerate(best):
            ax.text(0, i, f" {words[j]}", va="center")
        ax.set(title=f"topic {k}: {weight:.0%}", yticks=[], xlabel="times")
        ax.invert_yaxis()
    axes[0].set_ylabel(f'words after "{word}"')
    classes = np.arange(1, 7)
    axes[5].plot(classes, path.criteria["bic"] / 1e3, "o-", label="BIC")
    axes[5].plot(classes, path.criteria["aic"] / 1e3, "s--", label="AIC")
    axes[5].set(title="how many topics", xlabel="classes", ylabel="criterion / 1000, lower is better")
    axes[5].legend()


def segments(axes, folder):
    X, choice, person = survey(folder, np.random.default_rng(0))
    began = time.perf_counter()
    models = [LatentClassLogit(k, random_state=0).fit(X, choice, panels=person, varnames=ATTRIBUTES) for k in range(1, 5)]
    seconds = time.perf_counter() - began
    print(f"\n{person.max() + 1} persons, {len(X)} choices: 1 to 4 segments with standard errors in {seconds:.2f} s")
    for m in models:
        print(f"  {len(m.coef_)} classes: log-likelihood {m.log_likelihood_:.2f}, BIC by persons {m.bic_:.1f}, "
              f"{m.hits_} of {m.n_finished_} starts at the best")
    model = models[2]
    print(model.summary(robust=True))
    paid = model.willingness_to_pay("price", robust=True)
    y = np.arange(len(ATTRIBUTES))
    for k, (beta, error) in enumerate(zip(model.coef_, model.robust_standard_errors_)):
        shift = 0.22 * (k - 1)
        axes[0].errorbar(beta, y + shift, xerr=1.96 * error, fmt="o", capsize=3, color=plt.cm.tab10(k),
                         label=f"segment {k}: {model.class_probabilities_[k]:.0%}")
        half = paid.upper[k, :3] - paid.estimate[k, :3]
        axes[1].errorbar(paid.estimate[k, :3], np.arange(3) + shift, xerr=half, fmt="o", capsize=3, color=plt.cm.tab10(k))
    axes[0].set(title="tastes, 95 % intervals clustered by person", yticks=y, yticklabels=ATTRIBUTES)
    axes[0].axvline(0, color="grey", lw=0.8)
    axes[0].legend()
    axes[1].axvline(0, color="grey", lw=0.8)
    axes[1].set(title="willingness to pay, cents per kWh", yticks=np.arange(3), yticklabels=paid.names[:3])
    for ax in axes[:2]:
        ax.invert_yaxis()
    axes[2].hist([model.posterior_[:, k] for k in range(3)], bins=12, color=plt.cm.tab10(np.arange(3)))
    axes[2].set(title="how surely persons are sorted", xlabel="probability of the segment given a person's choices", ylabel="persons")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("LITHE_DATA", ".")), help="folder of real data")
    parser.add_argument("--word", default="the")
    parser.add_argument("--output", default="softmix.png")
    options = parser.parse_args()
    figure = plt.figure(figsize=(15, 9), layout="constrained")
    top, bottom = figure.subfigures(2, 1)
    topics(top.subplots(1, 6), options.data, options.word)
    segments(bottom.subplots(1, 3), options.data)
    figure.savefig(options.output, dpi=90)
    print(f"picture  {options.output}")


if __name__ == "__main__":
    main()

"""What the pages say holds: relative links lead somewhere, and Python blocks run, page by page from top to bottom."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(ROOT.glob("docs/*.md")), ROOT / "bindings/gopy/README.md",
         ROOT / "tests/golden/README.md"]
SMALLER = {"100_000": "2_000", "10_100": "330", "10_000": "300", "20_000": "1_000", "n_components=1000": "n_components=4",
           "GaussianMixture(1000": "GaussianMixture(4", "GaussianMixture(100,": "GaussianMixture(4,", "(70_000, 784)": "(200, 4)",
           "TruncatedSVD(100)": "TruncatedSVD(3)", "SensitivityCoreset(2000": "SensitivityCoreset(200", "svd(A, 50": "svd(A, 5",
           "[5, 10, 20, 40]": "[2, 3]", "X[:500]": "X[:300]", "GaussianMixture(20,": "GaussianMixture(3,",
           "read_csv(\"electricity_long.csv\")": "DataFrame(electricity)"}

pytestmark = pytest.mark.skipif(not (ROOT / "docs").is_dir(), reason="the pages lie beside the sources only")


def anchors(page):
    """The anchors that a page of Markdown has, as its readers make them of the headings."""
    headings = re.findall(r"^#+ +(.*?) *$", re.sub(r"^```.*?^```", "", page.read_text(), flags=re.S | re.M), flags=re.M)
    return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_relative_links(page):
    text = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.S | re.M)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        found = page.parent / path if path else page
        assert found.exists(), f"{page.name} links to {target}, which is not there"
        assert not anchor or anchor in anchors(found), f"{page.name} links to {target}, and {found.name} has no such heading"


def test_defaults_in_the_vocabulary():
    from lithe import _run

    text = (ROOT / "docs/conventions.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \| ([\de.-]+) \| [^|]+ \| (\d*) ?\|$", text, flags=re.M)
    assert len(rows) == 10
    for solver, tol, max_iter in rows:
        defaults = {o["name"]: o["default"] for o in json.loads(_run.text("lithe_describe", solver))}
        assert float(tol) == float(defaults["tol"]), solver
        assert max_iter == str(defaults.get("max_iter", "")), solver


def survey(rng, n=60, alternatives=3, columns=("price", "contract", "local")):
    """A survey in long format as a frame, each person with four situations."""
    pandas = pytest.importorskip("pandas")
    case = np.repeat(np.arange(n), alternatives)
    x = rng.normal(size=(n * alternatives, len(columns)))
    utility = x @ np.resize([-1.0, 0.5], len(columns)) + rng.gumbel(size=len(x))
    best = utility.reshape(n, -1).argmax(1)
    frame = pandas.DataFrame(x, columns=list(columns))
    frame["case"], frame["person"], frame["alternative"] = case, case // 4, np.tile(np.arange(alternatives), n)
    frame["chosen"] = (frame["alternative"] == best[case]).astype(int)
    return frame


def names_of(page, tmp_path):
    """What the blocks of a page use and do not make themselves."""
    rng = np.random.default_rng(0)
    names = {"np": np, "rng": rng}
    if page == "gp":
        pandas = pytest.importorskip("pandas")
        names["X"], names["X_new"] = rng.normal(size=(60, 8)), rng.normal(size=(5, 8))
        names["y"] = names["X"][:, 0] + 0.1 * rng.normal(size=60)
        names["labels"] = (names["X"][:, 0] > 0).astype(int)
        names["frame"] = pandas.DataFrame({"age": rng.uniform(20, 60, 60), "group": pandas.Categorical(rng.integers(0, 3, 60))})
        names["frame_new"] = names["frame"][:4]
        names["logp"] = lambda x: -0.5 * float(np.sum(np.square(x)))
    elif page == "lowrank":
        linalg, sparse = pytest.importorskip("scipy.sparse.linalg"), pytest.importorskip("scipy.sparse")
        names["A"], names["X"] = rng.normal(size=(200, 40)), rng.normal(size=(100, 6))
        names["operator"], names["b"] = linalg.aslinearoperator(names["A"]), rng.normal(size=200)
        names["block1"], names["block2"], names["block3"] = np.split(rng.normal(size=(90, 30)), 3)
        names["counts"] = sparse.random_array((50, 30), density=0.2, format="csr", rng=0)
        names["iterator"] = iter([rng.normal(size=(50, 30))])
    elif page == "mixture":
        names["X"] = rng.normal(size=(200, 4))
        names["frame"] = pytest.importorskip("pandas").DataFrame(names["X"], columns=list("abcd"))
        names["files"], names["stream"] = [], [rng.normal(size=(100, 4)) for _ in range(2)]
        for i in range(2):
            np.save(tmp_path / f"{i}.npy", rng.normal(size=(100, 4)))
            names["files"].append(tmp_path / f"{i}.npy")
        names["read_batches"], names["w"] = (lambda: iter(names["stream"])), np.ones(200)
        rng.integers(0, 255, (200, 4), dtype=np.uint8).tofile(tmp_path / "images.u8")
    elif page == "softmix":
        names["frame"], names["held_out"] = survey(rng), survey(rng)
        names["trips"] = survey(rng, columns=("asc_train", "asc_car", "time", "cost"))
        renamed = {"chosen": "choice", "case": "chid", "alternative": "alt", "person": "id"}
        names["electricity"] = survey(rng, columns=("pf", "cl", "loc", "wk", "tod", "seas")).rename(columns=renamed)
    return names


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("page", [p for p in PAGES if p.parent != ROOT / "bindings/gopy" and "```python" in p.read_text()],
                         ids=lambda p: p.stem)
def test_python_blocks_run(page, tmp_path, monkeypatch):
    text, names = page.read_text(), names_of(page.stem, tmp_path)
    monkeypatch.chdir(tmp_path)
    for block in re.finditer(r"^```python\n(.*?)^```", text, flags=re.S | re.M):
        code = block[1]
        for large, small in SMALLER.items():
            code = code.replace(large, small)
        code = "\n" * text.count("\n", 0, block.start(1)) + code
        exec(compile(code, str(page), "exec"), names)

"""Latent-class and multinomial logit: values against plain formulas, formats of data, what follows from the fit, trouble."""

import inspect
import json
import pickle
import re
import warnings

import numpy as np
import pytest

import lithe
from lithe import _run
from lithe.softmix import LatentClassLogit


def survey(persons=60, situations=6, alternatives=3, seed=0, kinds=2):
    """Choices of persons of opposite tastes; attributes time, price of different scales."""
    rng = np.random.default_rng(seed)
    n = persons * situations
    X = rng.normal(size=(n, alternatives, 2)) * [1.0, 10.0]
    person = np.repeat(np.arange(persons), situations)
    kind = person % kinds
    beta = np.stack([np.where(kind == 0, -1.5, 1.0), np.full(n, -0.1)], axis=1)
    choice = (np.einsum("sap,sp->sa", X, beta) + rng.gumbel(size=(n, alternatives))).argmax(1)
    return X, choice, person


def long(X, choice, person):
    s, a, p = X.shape
    return {"X": X.reshape(-1, p), "choice": (np.arange(a) == choice[:, None]).ravel().astype(int),
            "ids": np.repeat(np.arange(s), a), "alts": np.tile(np.arange(a), s), "panels": np.repeat(person, a)}


def by_hand(beta, delta, X, choice, person):
    """Log-likelihood, posterior."""
    u = np.einsum("sap,kp->ska", X, beta)
    u -= np.log(np.exp(u).sum(2, keepdims=True))
    logs = np.zeros((person.max() + 1, len(beta)))
    np.add.at(logs, person, u[np.arange(len(X)), :, choice])
    logs += delta - np.log(np.exp(delta).sum())
    total = np.log(np.exp(logs).sum(1))
    return total.sum(), np.exp(logs - total[:, None])


def fit(n_classes=2, **options):
    X, choice, person = survey()
    return LatentClassLogit(n_classes, random_state=0, n_init=4, **options).fit(X, choice, panels=person, varnames=["time", "price"])


def test_options_are_what_the_library_describes():
    described = {o["name"]: o["default"] for o in json.loads(_run.text("lithe_describe", "choice"))}
    signature = inspect.signature(LatentClassLogit).parameters
    assert set(described) - set(signature) == {"columns", "membership_columns"}
    for name in LatentClassLogit._library_options:
        if name != "random_state":
            assert signature[name].default == described[name], name
    for name in signature:
        assert re.search(rf"^{name} : ", inspect.getdoc(LatentClassLogit), re.M), name


def test_likelihood_posterior_and_errors():
    X, choice, person = survey()
    m = fit()
    log, posterior = by_hand(m.coef_, m.membership_coef_[:, 0], X, choice, person)
    assert m.log_likelihood_ == pytest.approx(log, rel=1e-12)
    np.testing.assert_allclose(m.posterior_, posterior, atol=1e-10)
    np.testing.assert_allclose(m.class_probabilities_, posterior.mean(0))
    assert m.null_log_likelihood_ == pytest.approx(-len(X) * np.log(3))
    assert m.bic_ == pytest.approx(-2 * log + 5 * np.log(60)) and m.bic_situations_ == pytest.approx(-2 * log + 5 * np.log(360))
    assert m.n_parameters_ == 5 and m.converged_ and m.hits_ >= 1
    assert m.coef_[:, 0].min() < -1 and m.coef_[:, 0].max() > 0.5

    def value(theta):
        return by_hand(theta[:4].reshape(2, 2), np.append(theta[4:], 0), X, choice, person)[0]

    step = 0.01 * np.sqrt(np.diag(m.covariance_))
    hessian = np.empty((5, 5))
    for i, a in enumerate(np.diag(step)):
        for j, b in enumerate(np.diag(step)):
            t = m.parameters_
            hessian[i, j] = (value(t + a + b) - value(t + a - b) - value(t - a + b) + value(t - a - b)) / (4 * step[i] * step[j])
    np.testing.assert_allclose(np.sqrt(np.diag(np.linalg.inv(-hessian))), np.sqrt(np.diag(m.covariance_)), rtol=1e-3)
    np.testing.assert_allclose(m.standard_errors_.ravel(), np.sqrt(np.diag(m.covariance_))[:4])


def test_formats_agree():
    pd = pytest.importorskip("pandas")
    X, choice, person = survey(20)
    want = LatentClassLogit().fit(X, choice, panels=person)
    rows = long(X, choice, person)
    names = np.array(["bus", "car", "walk"])
    frame = pd.DataFrame(rows["X"], columns=["time", "price"]).assign(
        case=[f"c{i:03}" for i in rows["ids"]], alt=names[rows["alts"]], chosen=rows["choice"],
        who=[f"p{i:02}" for i in rows["panels"]])
    shuffled = frame.sample(frac=1, random_state=1)
    others = [LatentClassLogit().fit(**rows),
              LatentClassLogit().fit(X, names[choice], alts=names, panels=person),
              LatentClassLogit().fit(X, choice, alts=names, panels=person),
              LatentClassLogit().fit(**{**rows, "choice": np.repeat(choice, 3)}),
              LatentClassLogit().fit(**{**rows, "ids": None}),
              LatentClassLogit().fit(shuffled, "chosen", ids="case", alts="alt", panels="who", varnames=["time", "price"])]
    for m in others:
        np.testing.assert_allclose(m.coef_, want.coef_, rtol=1e-10)
        assert m.log_likelihood_ == pytest.approx(want.log_likelihood_, rel=1e-12)
    assert list(others[-1].persons_[:2]) == ["p00", "p01"]


def test_unavailable_alternatives_are_left_out():
    rows = long(*survey(20))
    avail = np.ones(len(rows["ids"]), dtype=int)
    avail[(rows["choice"] == 0) & (np.arange(len(avail)) % 5 == 0)] = 0
    m = LatentClassLogit().fit(**rows, avail=avail)
    kept = {name: value[avail == 1] for name, value in rows.items()}
    assert m.log_likelihood_ == LatentClassLogit().fit(**kept).log_likelihood_
    probabilities = m.predict_choice(rows["X"], ids=rows["ids"], avail=avail)
    assert np.all(probabilities[avail == 0] == 0)
    np.testing.assert_allclose(np.bincount(rows["ids"], probabilities), 1)


def test_weights_count_persons():
    X, choice, person = survey(20)
    rows = long(X, choice, person)
    weights = 1.0 + (rows["panels"] == 3)
    twice = np.flatnonzero(rows["panels"] == 3)
    repeated = {name: np.concatenate([value, value[twice]]) for name, value in rows.items()}
    repeated["ids"][len(rows["ids"]):] += 1000
    repeated["panels"][len(rows["ids"]):] += 1000
    a = LatentClassLogit(2, random_state=0).fit(**rows, weights=weights)
    b = LatentClassLogit(2, random_state=0).fit(**repeated)
    assert a.log_likelihood_ == pytest.approx(b.log_likelihood_, abs=1e-7)
    np.testing.assert_allclose(a.coef_, b.coef_, rtol=1e-4)


def test_shared_and_fixed_coefficients():
    m = fit(shared=["price"], fixed={0: {"time": 0.0}})
    assert m.coef_[0, 1] == m.coef_[1, 1] and m.coef_[0, 0] == 0 and m.standard_errors_[0, 0] == 0
    assert m.parameter_names_ == ["price", "class 1: time", "membership of class 0: constant"]
    assert m.n_parameters_ == 3
    assert fit(1, fixed={"all": {"price": -0.1}}).coef_[0, 1] == pytest.approx(-0.1)


def test_membership_covariates():
    X, choice, person = survey(80, seed=3)
    z = np.stack([person % 2 + 0.3 * np.random.default_rng(0).normal(size=80)[person], 1950.0 + person], axis=1)
    m = LatentClassLogit(2, random_state=0).fit(X, choice, panels=person, membership=z)
    assert m.membership_coef_.shape == (2, 3) and np.all(m.membership_coef_[1] == 0)
    assert abs(m.membership_coef_[0, 1]) > 2
    np.testing.assert_allclose(m.predict_proba(X, choice, panels=person, membership=z), m.posterior_, atol=1e-10)
    assert "membership1" in m.summary()
    with pytest.raises(ValueError, match="membership has 0 columns"):
        m.predict_proba(X, choice, panels=person)


def test_predictions_before_and_after_choices():
    X, choice, person = survey()
    m = fit()
    p = np.einsum("sap,kp->ska", X, m.coef_)
    p = np.exp(p) / np.exp(p).sum(2, keepdims=True)
    np.testing.assert_allclose(m.predict_choice(X), np.einsum("ska,k->sa", p, m.class_probabilities_), atol=1e-6)
    past = m.predict_choice(X, panels=person, given="past")
    np.testing.assert_allclose(past, np.einsum("ska,sk->sa", p, m.posterior_[person]), atol=1e-10)
    np.testing.assert_allclose(m.predict_choice(X[:2], panels=[999, 999], given="past"), m.predict_choice(X[:2]))
    np.testing.assert_allclose(m.individual_coefficients(), m.posterior_ @ m.coef_)
    np.testing.assert_allclose(m.predict_proba(X, choice, panels=person), m.posterior_, atol=1e-10)


def test_elasticities_are_derivatives(monkeypatch):
    monkeypatch.setattr("lithe.softmix._choice_effects._BLOCK", 36)
    X, _, _ = survey(5, 2)
    m = fit()
    got = m.elasticities(X, "price")
    base = m.predict_choice(X)
    for j in range(3):
        moved = X.copy()
        moved[:, j, 1] *= 1 + 1e-6
        slope = (m.predict_choice(moved) - base) / 1e-6
        np.testing.assert_allclose(got[:, j], slope.sum(0) / base.sum(0), atol=1e-4)


def test_willingness_to_pay():
    m = fit()
    w = m.willingness_to_pay("price", level=0.9)
    assert w.names == ["time"]
    np.testing.assert_allclose(w.estimate[:, 0], -m.coef_[:, 0] / m.coef_[:, 1])
    for k in range(2):
        i = [2 * k, 2 * k + 1]
        g = np.array([-1 / m.coef_[k, 1], m.coef_[k, 0] / m.coef_[k, 1] ** 2])
        assert w.standard_error[k, 0] == pytest.approx(np.sqrt(g @ m.covariance_[np.ix_(i, i)] @ g))
    np.testing.assert_allclose(w.upper - w.estimate, 1.6448536 * w.standard_error, rtol=1e-6)


def test_summary_and_pickle():
    m = fit()
    text = m.summary()
    for piece in ("2 classes", "time", "membership of class 0", f"{m.log_likelihood_:.4f}", "observed information"):
        assert piece in text
    assert "clustered" in m.summary(robust=True)
    again = pickle.loads(pickle.dumps(m))
    assert again.summary() == text
    assert "Multinomial logit" in fit(1).summary()


def test_repeatable_for_any_number_of_threads():
    a, b = fit(n_jobs=1), fit(n_jobs=3)
    np.testing.assert_array_equal(a.coef_, b.coef_)
    np.testing.assert_array_equal(a.covariance_, b.covariance_)


def test_float32_is_read_exactly():
    rows = long(*survey(20))
    single = rows["X"].astype(np.float32)
    a = LatentClassLogit().fit(**{**rows, "X": single})
    b = LatentClassLogit().fit(**{**rows, "X": single.astype(np.float64)})
    np.testing.assert_array_equal(a.coef_, b.coef_)


def test_trouble_is_named():
    rows = long(*survey(10))
    names = [f"case{i:02}" for i in rows["ids"]]
    broken = rows["choice"].copy()
    broken[3:6] = 0
    with pytest.raises(ValueError, match="case case01 .* has no alternative chosen"):
        LatentClassLogit().fit(**{**rows, "ids": names, "choice": broken})
    X = rows["X"].copy()
    X[7, 1] = np.nan
    with pytest.raises(ValueError, match=r'(?s)Input X contains NaN.*case 2, column "price"'):
        LatentClassLogit().fit(**{**rows, "X": X}, varnames=["time", "price"])
    with pytest.raises(ValueError, match="combination of"):
        LatentClassLogit().fit(**{**rows, "X": np.column_stack([rows["X"], rows["X"].sum(1)])})
    with pytest.raises(lithe.NumericalError, match="set ridge"):
        LatentClassLogit().fit(**{**rows, "X": np.column_stack([rows["X"], rows["choice"]])})
    assert LatentClassLogit(ridge=1.0).fit(**{**rows, "X": np.column_stack([rows["X"], rows["choice"]])}).converged_
    with pytest.raises(ValueError, match="no column 'cost'"):
        LatentClassLogit(shared=["cost"]).fit(**rows)
    with pytest.raises(ValueError, match="n_classes"):
        LatentClassLogit(0).fit(**rows)
    with pytest.raises(ValueError, match="one element for each"):
        LatentClassLogit().fit(**{**rows, "ids": rows["ids"][1:]})
    with pytest.raises(lithe.NotFittedError):
        LatentClassLogit().summary()


def test_progress_and_cancel():
    X, choice, person = survey(200)
    seen = []
    LatentClassLogit(3, random_state=0, callback=lambda p: seen.append(p.phase)).fit(X, choice, panels=person)
    assert set(seen) <= {"em", "newton", ""}
    X, choice, person = survey(3000)
    with pytest.raises(lithe.Cancelled):
        LatentClassLogit(6, random_state=0, n_init=200, callback=lambda p: p.phase == "em").fit(X, choice, panels=person)


def test_a_start_that_does_not_converge_warns():
    X, choice, person = survey()
    with pytest.warns(lithe.ConvergenceWarning, match="max_iter"), warnings.catch_warnings():
        LatentClassLogit(3, random_state=0, n_init=1, em_iter=1, max_iter=1).fit(X, choice, panels=person)


@pytest.mark.parametrize("text", [False, True])
def test_files_hold_all_that_is_known(text, tmp_path):
    X, choice, person = survey()
    labels = np.array([f"p{n:02}" for n in person]) if text else person
    m = LatentClassLogit(2, random_state=0, n_init=4, shared=["price"], fixed={0: {"time": 0.0}})
    m.fit(X, choice, panels=labels, varnames=["time", "price"])
    pickle.loads(pickle.dumps(m)).save(tmp_path / "m.lithe")
    loaded = LatentClassLogit.load(tmp_path / "m.lithe")
    assert set(vars(loaded)) == set(vars(m))
    for name, value in vars(m).items():
        if name.endswith("_"):
            np.testing.assert_array_equal(getattr(loaded, name), value, err_msg=name)
    assert loaded.shared == ["price"] and loaded.fixed == {0: {"time": 0.0}}
    assert loaded.summary(robust=True) == m.summary(robust=True)
    np.testing.assert_array_equal(loaded.predict_choice(X, panels=labels, given="past"), m.predict_choice(X, panels=labels, given="past"))
    again = loaded.set_params(random_state=0, n_init=4).fit(X, choice, panels=labels, varnames=["time", "price"])
    np.testing.assert_array_equal(again.coef_, m.coef_)
    with pytest.raises(lithe.ModelFileError, match="choice"):
        lithe.softmix.SoftmaxMixture.load(tmp_path / "m.lithe")


def test_offset_is_a_column_with_coefficient_one():
    X, choice, person = survey()
    known = np.concatenate([X, 0.3 * X[:, :, :1] - 0.02 * X[:, :, 1:]], axis=2)
    names = ["time", "price", "offset"]
    m = LatentClassLogit(fixed={"all": {"offset": 1.0}}).fit(known, choice, panels=person, varnames=names)
    free = LatentClassLogit().fit(X, choice, panels=person, varnames=names[:2])
    np.testing.assert_allclose(m.coef_[0], [*(free.coef_[0] - [0.3, -0.02]), 1.0], rtol=1e-9)
    assert m.n_parameters_ == 2 and m.standard_errors_[0, 2] == 0
    np.testing.assert_allclose(m.predict_choice(known, panels=person), free.predict_choice(X, panels=person), rtol=1e-9)


def frame(**columns):
    pandas = pytest.importorskip("pandas")
    X, choice, person = survey()
    rows = long(X, choice, person)
    return pandas.DataFrame({"time": rows["X"][:, 0], "price": rows["X"][:, 1], "chosen": rows["choice"], "case": rows["ids"],
                             "alt": [("car", "bus", "train")[a] for a in rows["alts"]], "person": rows["panels"], **columns})


def test_attributes_are_the_columns_that_nothing_else_names():
    roles = {"ids": "case", "alts": "alt", "panels": "person"}
    m = LatentClassLogit(2, random_state=0, n_init=4).fit(frame(), "chosen", **roles)
    assert m.varnames_ == ["time", "price"] and list(m.feature_names_in_) == ["time", "price"]
    np.testing.assert_allclose(m.log_likelihood_, fit().log_likelihood_, rtol=1e-9)
    np.testing.assert_allclose(m.score(frame(), "chosen", **roles) * m.n_persons_, m.log_likelihood_, rtol=1e-9)


def test_score_of_other_persons():
    m, (X, choice, person) = fit(), survey(persons=20, seed=3)
    wanted = by_hand(m.coef_, m.membership_coef_[:, 0], X, choice, person)[0] / 20
    np.testing.assert_allclose(m.score(X, choice, panels=person), wanted, rtol=1e-9)


@pytest.mark.parametrize("change, arguments, message", [
    ({}, {"ids": "cases"}, "X has no column 'cases'; its columns are"),
    ({"price": "much"}, {}, "column 'price' of X holds something else than numbers"),
    ({"person": [None] + [1] * 1079}, {}, "panels is missing in element 0"),
    ({"chosen": [np.nan] + [1] * 1079}, {}, "choice is missing in element 0"),
])
def test_mistakes_in_frames_are_named(change, arguments, message):
    roles = {"ids": "case", "alts": "alt", "panels": "person"} | arguments
    with pytest.raises(ValueError, match=message):
        LatentClassLogit().fit(frame(**change), "chosen", **roles)


def test_mistakes_in_arrays_are_named():
    X, choice, person = survey()
    with pytest.raises(ValueError, match="can be a column only where X is a frame"):
        LatentClassLogit().fit(X.reshape(-1, 2), "chosen", ids=np.repeat(np.arange(len(X)), 3))
    with pytest.raises(ValueError, match=r"none of the alternatives \[0, 1, 2\]"):
        LatentClassLogit().fit(X, choice + 1, panels=person)

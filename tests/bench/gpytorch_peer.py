"""GPyTorch at what the benchmarks of the room `gp` time: one step of exact training, and a sparse process (SVGP)."""

from __future__ import annotations

import contextlib
import math
import os
import time
import warnings

warnings.simplefilter("ignore")
os.environ["PYKEOPS_VERBOSE"] = "0"

import gpytorch  # noqa: E402
import torch  # noqa: E402

from isolated import Meter  # noqa: E402
from regression import load, published, scores, smooth  # noqa: E402


class Exact(gpytorch.models.ExactGP):
    """Zero mean, Matern-3/2 with a length scale per feature."""

    def __init__(self, X, y, likelihood):
        super().__init__(X, y, likelihood)
        self.mean_module = gpytorch.means.ZeroMean()
        self.covar_module = _matern(X.shape[1])

    def forward(self, X):
        return gpytorch.distributions.MultivariateNormal(self.mean_module(X), self.covar_module(X))


class Sparse(gpytorch.models.ApproximateGP):
    """The same with inducing points, their distribution a normal one with a full covariance."""

    def __init__(self, inducing):
        q = gpytorch.variational.CholeskyVariationalDistribution(len(inducing))
        super().__init__(gpytorch.variational.VariationalStrategy(self, inducing, q, learn_inducing_locations=True))
        self.mean_module = gpytorch.means.ConstantMean()
        self.covar_module = _matern(inducing.shape[1])

    def forward(self, X):
        return gpytorch.distributions.MultivariateNormal(self.mean_module(X), self.covar_module(X))


def _matern(features):
    return gpytorch.kernels.ScaleKernel(gpytorch.kernels.MaternKernel(nu=1.5, ard_num_dims=features))


def _likelihood():
    return gpytorch.likelihoods.GaussianLikelihood(noise_constraint=gpytorch.constraints.GreaterThan(1e-8))


def step(folder, name, n, rank, tol, lanczos, repeat):
    """Time values of the log marginal likelihood with gradients at published parameters; rank None means Cholesky in float64.

    Facts: meters of each repetition, the value per point, and the gradient of the whole by the logarithms of signal
    variance, length scales and noise variance.
    """
    data, values = load(folder, name).first(n), published(folder, name)
    dtype = torch.float64 if rank is None else torch.float32
    X, y = torch.tensor(data.X, dtype=dtype), torch.tensor(data.y, dtype=dtype)
    model = Exact(X, y, _likelihood().to(dtype)).to(dtype)
    natural = [(model.covar_module, "outputscale", values["signal_scale"]**2),
               (model.covar_module.base_kernel, "lengthscale", torch.tensor(values["length_scale"], dtype=dtype)),
               (model.likelihood, "noise", values["noise_scale"]**2)]
    for module, parameter, value in natural:
        setattr(module, parameter, value)
    raw = [model.covar_module.raw_outputscale, model.covar_module.base_kernel.raw_lengthscale,
           model.likelihood.noise_covar.raw_noise]
    objective = gpytorch.mlls.ExactMarginalLogLikelihood(model.likelihood, model)
    model.train()
    meters, gradient, settings = [], [], gpytorch.settings
    with contextlib.ExitStack() as stack:
        if rank is None:
            stack.enter_context(settings.fast_computations(False, False, False))
        else:
            for setting in (settings.max_cholesky_size(1), settings.max_preconditioner_size(rank), settings.cg_tolerance(tol),
                            settings.max_lanczos_quadrature_iterations(lanczos), settings.max_cg_iterations(1000)):
                stack.enter_context(setting)
        for _ in range(repeat):
            model.zero_grad()
            with Meter() as meter:
                value = objective(model(X), y)
                value.backward()
            meters.append(meter.facts())
    for parameter, (module, attribute, _) in zip(raw, natural):
        slope = parameter.grad / torch.sigmoid(parameter) * getattr(module, attribute)
        gradient += (slope.reshape(-1) * len(y)).tolist()
    return {"meters": meters, "mll": float(value), "gradient": gradient}


def svgp(folder, name, split, epochs, inducing=1024, batch=1024, rate=0.01):
    """Train a sparse process by minibatches of Adam, and say after how long it is how good.

    `folder` None means generated data of name x features. Facts: those of a `Meter`, and for each epoch seconds, processor
    seconds, RMSE and NLL; each epoch prints its own as it ends.
    """
    data = smooth(*name) if folder is None else load(folder, name, split)
    torch.manual_seed(0)
    X, y, X_test = (torch.tensor(a, dtype=torch.float32) for a in (data.X, data.y, data.X_test))
    trace, spent, used = [], 0.0, 0.0
    with Meter() as meter:
        began, cpu = time.perf_counter(), time.process_time()
        model, likelihood = Sparse(X[torch.randperm(len(X))[:inducing]].clone()), _likelihood()
        bound = gpytorch.mlls.VariationalELBO(likelihood, model, num_data=len(y))
        parameters = [*model.parameters(), *likelihood.parameters()]
        optimizer = torch.optim.Adam(parameters, lr=rate)
        steps = epochs * math.ceil(len(y) / batch)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps, eta_min=rate / 100)
        for _ in range(epochs):
            model.train()
            likelihood.train()
            for rows in torch.randperm(len(y)).split(batch):
                optimizer.zero_grad()
                (-bound(model(X[rows]), y[rows])).backward()
                optimizer.step()
                schedule.step()
            spent, used = spent + time.perf_counter() - began, used + time.process_time() - cpu
            trace.append([spent, used, *_held_out(model, likelihood, X_test, data.y_test).values()])
            print("SVGP after {} epochs: {:.1f} s, {:.1f} CPU s, RMSE {:.4f}, NLL {:.4f}".format(len(trace), *trace[-1]), flush=True)
            began, cpu = time.perf_counter(), time.process_time()
    return meter.facts() | {"seconds": spent, "trace": trace, "rmse": trace[-1][2], "nll": trace[-1][3]}


def _held_out(model, likelihood, X, y):
    model.eval()
    likelihood.eval()
    with torch.no_grad():
        parts = [likelihood(model(rows)) for rows in X.split(4096)]
        mean, variance = (torch.cat([getattr(p, what) for p in parts]).double().numpy() for what in ("mean", "variance"))
    return scores(y, mean, variance**0.5)

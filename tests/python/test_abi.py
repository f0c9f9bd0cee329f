"""What Python takes for granted about the library, held against the header and the library itself."""

import ctypes
import inspect
import json
import re
from pathlib import Path

import pytest

import lithe
from lithe import _abi, _errors, _header, _run
from lithe._lib import Library, load
from lithe.mixture import GaussianMixture, GaussianNPMLE, KMeans

HEADER = (Path(lithe.get_include()) / "lithe.h").read_text()

# Constructor arguments that stay in Python, or travel as arrays and in the run block.
PYTHON_ONLY = {
    GaussianMixture: {"weights_init", "means_init", "factor_loadings_init", "noise_variance_init", "warm_start",
                      "inference", "n_jobs", "verbose", "progress", "callback"},
    KMeans: {"n_jobs", "verbose", "progress", "callback"},
    GaussianNPMLE: {"noise_variance", "n_jobs", "verbose", "progress", "callback"},
}


@pytest.mark.parametrize("estimator, solver", [(GaussianMixture, "mixture"), (KMeans, "kmeans"), (GaussianNPMLE, "npmle")])
def test_signature_is_what_the_library_describes(estimator, solver):
    signature = inspect.signature(estimator).parameters
    described = {o["name"]: o for o in json.loads(_run.text("lithe_describe", solver))}
    assert set(signature) - PYTHON_ONLY[estimator] == set(described)
    assert set(estimator._library_options) == set(described)
    for name, option in described.items():
        default = signature[name].default
        if name == "random_state":
            assert default is None
        else:
            assert default == option["default"], name
            assert type(default).__name__ == option["type"], name


@pytest.mark.parametrize("estimator", [GaussianMixture, KMeans, GaussianNPMLE])
def test_every_argument_is_documented(estimator):
    for name in inspect.signature(estimator).parameters:
        assert re.search(rf"^{name} : ", inspect.getdoc(estimator), re.M), name


@pytest.mark.parametrize("struct, name", [(_abi.Matrix, "lithe_matrix"), (_abi.Sparse, "lithe_sparse"),
                                          (_abi.Run, "lithe_run"), (_abi.MixtureStart, "lithe_mixture_start"),
                                          (_abi.Operator, "lithe_operator"), (_abi.Kernel, "lithe_kernel"),
                                          (_abi.Stream, "lithe_stream"), (_abi.PCA, "lithe_pca")])
def test_structs_are_those_of_the_header(struct, name):
    text = _header.strip(HEADER)
    body = re.search(rf"struct {name} \{{(.*?)\}}", text, re.S)[1]
    fields = re.findall(r"(\w+)\s*(\*?)\s*(\w+)\s*(?:\[(\d+)\])?\s*;", body)
    assert [field for _, _, field, _ in fields] == [field for field, _ in struct._fields_]
    scalars = {"int32_t": ctypes.c_int32, "int64_t": ctypes.c_int64, "uint64_t": ctypes.c_uint64,
               "double": ctypes.c_double, "char": ctypes.c_char, "lithe_matrix": _abi.Matrix,
               "lithe_product": _abi.PRODUCT, "lithe_next_rows": _abi.NEXT_ROWS,
               "lithe_kernel_diagonal": _abi.KERNEL_DIAGONAL, "lithe_kernel_columns": _abi.KERNEL_COLUMNS}
    for (kind, pointer, field, length), (_, ctype) in zip(fields, struct._fields_):
        expected = ctypes.c_void_p if pointer else scalars[kind]
        assert ctypes.sizeof(ctype) == ctypes.sizeof(expected) * int(length or 1), field
    pinned = re.search(rf"_Static_assert\([^;]*sizeof\({name}\) == (\d+)", HEADER)
    assert ctypes.sizeof(struct) == int(pinned[1])


def test_numbers_are_those_of_the_header():
    macros = _header.macros(HEADER)
    assert macros["LITHE_ABI_VERSION"] == _abi.ABI_VERSION
    assert (macros["LITHE_FLOAT32"], macros["LITHE_FLOAT64"]) == (_abi.FLOAT32, _abi.FLOAT64)
    assert (macros["LITHE_INT32"], macros["LITHE_INT64"]) == (_abi.INT32, _abi.INT64)
    assert (macros["LITHE_CSR"], macros["LITHE_CSC"]) == (_abi.CSR, _abi.CSC)
    kinds = ("DENSE", "DENSE_TRANSPOSED", "COMPRESSED", "PRODUCTS", "ROW_BLOCKS", "KERNEL_DENSE", "KERNEL_CALLBACK",
             "KERNEL_RBF", "KERNEL_MATERN32", "KERNEL_MATERN52")
    assert [macros["LITHE_" + kind] for kind in kinds] == [getattr(_abi, kind) for kind in kinds]
    statuses = {name: value for name, value in macros.items() if re.fullmatch(r"LITHE_(OK|E[A-Z]+)", name)}
    assert len(statuses) == 13
    for name, value in statuses.items():
        assert getattr(_errors, name.removeprefix("LITHE_")) == value, name


def test_every_declared_function_is_in_the_library():
    prototypes = _header.prototypes(HEADER)
    assert len(prototypes) >= 21
    for name in prototypes:
        assert callable(getattr(load(), name))


def test_a_function_without_a_prototype_is_refused():
    with pytest.raises(AttributeError, match="declares no function lithe_unknown"):
        load().lithe_unknown


def test_prototype_types():
    text = """
    /* int32_t lithe_commented(void); */
    #define LITHE_MACRO(x) lithe_macro(x);
    typedef int64_t lithe_handle;
    int32_t lithe_a(const lithe_matrix *x, const char *options, char *out, int64_t k,
                    double *dst, uint64_t seed, double v, lithe_handle h);
    const char *lithe_b(void);
    """
    found = _header.prototypes(text)
    assert set(found) == {"lithe_a", "lithe_b"}
    assert found["lithe_a"].arguments == (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_int64,
                                          ctypes.c_void_p, ctypes.c_uint64, ctypes.c_double, ctypes.c_int64)
    assert found["lithe_b"].result is ctypes.c_char_p
    with pytest.raises(ValueError, match="lithe_c uses the type 'float'"):
        _header.prototypes("float lithe_c(void);")


def test_versions_agree():
    assert load().lithe_version().decode() == lithe.__version__


def test_another_abi_is_refused():
    newer = re.sub(r"(LITHE_ABI_VERSION) \d+", r"\1 99", HEADER)
    with pytest.raises(ImportError, match="header .* speaks ABI 99, .* needs ABI 2 .*Reinstall lithe"):
        Library(lithe.get_library(), newer)


def test_a_file_that_is_no_library_is_refused(tmp_path):
    fake = tmp_path / "liblithe.so"
    fake.write_text("no library")
    with pytest.raises(ImportError, match="cannot load its library"):
        Library(str(fake), HEADER)


def test_library_variable_must_name_a_file(monkeypatch):
    monkeypatch.setenv("LITHE_LIBRARY", "/nowhere/liblithe.so")
    with pytest.raises(ImportError, match="LITHE_LIBRARY is '/nowhere/liblithe.so', which is not a file"):
        lithe.get_library()


def test_texts_longer_than_the_first_guess_arrive_whole():
    assert len(_run.text("lithe_describe", "mixture")) > 500
    with pytest.raises(ValueError, match="nonsense"):
        _run.text("lithe_describe", "nonsense")


def test_import_loads_no_library(run_python):
    run_python("""
        import lithe, lithe.mixture
        from lithe.mixture import GaussianMixture
        GaussianMixture(3)
        with open("/proc/self/maps") as maps:
            assert "liblithe" not in maps.read()
        assert lithe._lib._library is None
        GaussianMixture.from_parameters([1.0], [[0.0, 0.0]], None, [1.0])
        with open("/proc/self/maps") as maps:
            assert "liblithe" in maps.read()
    """)

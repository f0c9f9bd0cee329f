"""Low-rank factors of big matrices, with their error stated.

Functions: `svd`, `eigh`, `nystrom`, `range_finder`, `qb`, `id`, `cur`, `qrcp`, `rpcholesky`, `lstsq`, `ridge`, `trace`,
`diag`, `logdet`, `norm` and `sketch`. Estimators: `PCA` and `TruncatedSVD`, which are scikit-learn's classes of these
names to their users, and `StreamingSVD` for rows that pass by once. `svds`, `eigsh` and the module
`lithe.lowrank.interpolative` are SciPy's to theirs.

What a matrix can be:

- an array of NumPy, in C or Fortran order or any other, mapped from a file or not, or anything that becomes one.
  float32 and float64 whose rows or columns lie side by side are read in place. Other layouts are copied. Other types of
  numbers are converted: at once if that takes up to 64 MiB, and a block of rows at a time, in every pass, beyond. So
  are arrays of other libraries that know shape, dtype and slices of rows, such as data sets of HDF5;
- a SciPy sparse matrix or array. CSR and CSC are read in place, other formats converted to CSR;
- an object with `shape` and products: a `scipy.sparse.linalg.LinearOperator`, or anything with `matmat`, ``@`` or
  `matvec` and, for the transpose, `rmatmat`, `rmatvec` or ``.T``. Its elements stay unknown, so that some errors are
  sampled, and functions that need the norm of the matrix refuse it;
- blocks of rows, one after the other: a list of any of the arrays above, a function without arguments that returns a
  new iterator of blocks, or a `RowBlocks`. Every pass reads them all once.

Long calls run on a helper thread, so that Ctrl-C works, and Python code behind a matrix runs there too. What it raises
comes out unchanged.
"""

from .._row_blocks import RowBlocks
from . import interpolative
from ._eigh import EigenResult, eigh, nystrom
from ._estimates import DiagonalEstimate, Estimate, diag, norm, trace
from ._id import CURResult, IDResult, cur
from ._id import id as id
from ._logdet import logdet
from ._lstsq import SolveResult, lstsq, ridge
from ._pca import PCA
from ._qb import QBResult, RangeResult, qb, range_finder
from ._qrcp import QRResult, qrcp
from ._rpcholesky import CholeskyResult, rpcholesky
from ._scipy import eigsh, svds
from ._sketch import Sketch, sketch
from ._streaming import StreamingSVD
from ._svd import SVDResult, svd
from ._truncated_svd import TruncatedSVD

# `id` is public too, but ``from lithe.lowrank import *`` should not hide Python's own.
__all__ = ["CURResult", "CholeskyResult", "DiagonalEstimate", "EigenResult", "Estimate", "IDResult", "PCA", "QBResult",
           "QRResult", "RangeResult", "RowBlocks", "SVDResult", "Sketch", "SolveResult", "StreamingSVD", "TruncatedSVD",
           "cur", "diag", "eigh", "eigsh", "interpolative", "logdet", "lstsq", "norm", "nystrom", "qb", "qrcp",
           "range_finder", "ridge", "rpcholesky", "sketch", "svd", "svds", "trace"]

// Results whose arrays have sizes that are not known before the call, such as a rank that follows from a tolerance. A
// result is a handle, made by a function, to be closed by lithe_free. It holds named arrays and a report, named
// numbers and words; each function says which, and the meaning. A result never changes, except by what its owner writes
// to an array seen through lithe_result_view, and any number of threads may read it.
package main

/*
#include "cgo.h"
*/
import "C"

// Writes the report about a result to out, as a JSON object, by the protocol of lithe_describe: its facts, and
// "arrays", which gives rows, cols and type ("float32", "float64", "int64") of each array. Numbers that are not
// finite are null, seeds are strings.
//
//export lithe_result_report
func lithe_result_report(result C.lithe_handle, out *C.char, capacity C.int64_t, needed *C.int64_t, run *C.lithe_run) C.int32_t {
	return guard(run, func(*block) error {
		return writeText(resultAt(result).report(), out, capacity, needed)
	})
}

// Writes one number of the report to value: NaN where the report has null, 1 and 0 for true and false.
//
//export lithe_result_number
func lithe_result_number(result C.lithe_handle, name *C.lithe_const_char, value *C.double, run *C.lithe_run) C.int32_t {
	return guard(run, func(*block) error {
		out := vector[float64]("value", value, 1)
		number, err := resultAt(result).number(text("name", name))
		if err == nil {
			out[0] = number
		}
		return err
	})
}

// Writes the shape of an array to rows and cols (or NULL). A vector of n elements is n x 1.
//
//export lithe_result_shape
func lithe_result_shape(result C.lithe_handle, name *C.lithe_const_char, rows, cols *C.int64_t, run *C.lithe_run) C.int32_t {
	return guard(run, func(*block) error {
		m, n := optional[int64]("rows", rows, 1), optional[int64]("cols", cols, 1)
		values, err := resultAt(result).array(text("name", name))
		if err != nil {
			return err
		}
		shape := [2]int64{int64(values.rows), int64(values.cols)}
		copy(m, shape[:1])
		copy(n, shape[1:])
		return nil
	})
}

// Copies an array of numbers to out, which has its shape and dtype. Another shape is LITHE_ESHAPE, and the message
// names the right one.
//
//export lithe_result_read
func lithe_result_read(result C.lithe_handle, name *C.lithe_const_char, out *C.lithe_const_matrix, run *C.lithe_run) C.int32_t {
	return guard(run, func(*block) error {
		return resultAt(result).read(text("name", name), out)
	})
}

// Lets array describe an array of numbers where it lies, so that nothing is copied, however large it is. The memory may be
// read and written until *owner, a handle of its own, is closed by lithe_free; the result may be closed before that.
//
//export lithe_result_view
func lithe_result_view(result C.lithe_handle, name *C.lithe_const_char, array *C.lithe_matrix, run *C.lithe_run, owner *C.lithe_handle) C.int32_t {
	return guard(run, func(*block) error {
		return resultAt(result).view(text("name", name), array, handleOut("owner", owner))
	})
}

// Copies an array of positions, all counted from 0, to out; count is their number.
//
//export lithe_result_read_indices
func lithe_result_read_indices(result C.lithe_handle, name *C.lithe_const_char, out *C.int64_t, count C.int64_t, run *C.lithe_run) C.int32_t {
	return guard(run, func(*block) error {
		return resultAt(result).readIndices(text("name", name), out, int64(count))
	})
}

// Package modelfile reads and writes the files that fitted models are saved to. Every room keeps its models in this
// one format, and it is plain enough to be read from any language in a few lines.
//
// # Layout
//
// All numbers are little-endian, whatever the machine.
//
//	offset   size  content
//	0        8     magic: 89 4C 49 54 48 45 0D 0A ("\x89LITHE\r\n")
//	8        4     format version, uint32; this package reads and writes version 1
//	12       4     length n of the header, uint32, at most 2^24
//	16       n     header, UTF-8 JSON
//	...            zero bytes up to a multiple of 64
//	...            payload of the first array, then zero bytes up to a multiple of 64, payload of the second, ...
//	end-32   32    SHA-256 of everything before it; there is no padding after the last payload
//
// The header is one object:
//
//	{
//	  "kind": "mixture",             what the file holds
//	  "lithe": "0.1.0",              the version that wrote it, for people
//	  "attributes": {...},           scalars and strings of that kind
//	  "arrays": [
//	    {"name": "means", "dtype": "float64", "shape": [3, 2], "offset": 320},
//	    ...
//	  ]
//	}
//
// dtype is float64, int64 or int32. Payloads are row-major (C order). offset counts from the beginning of the file;
// arrays lie in the order of the list, each at the first multiple of 64 after the one before, so that a reader may
// map the file and use the arrays in place.
//
// # Versions
//
// A reader refuses a format version above its own. It ignores attributes and arrays that it does not know: adding
// them does not change the format version, changing the meaning of one does.
package modelfile

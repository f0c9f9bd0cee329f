package main

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/lithe-ml/lithe/core"
)

const width = 118 // of a line of the header

const banner = `/*
 * lithe %[1]s: big statistical models on small machines.
 *
 * This is the whole C interface. Link with -llithe (pkg-config lithe, or CMake's find_package(lithe)); lithe.hpp next
 * to this file wraps it for C++17. A first program:
 *
 *     lithe_run run = LITHE_RUN_INIT;
 *     lithe_matrix x = {data, rows, cols, cols, LITHE_FLOAT64, 0};
 *     lithe_handle model = 0;
 *     int32_t status = lithe_mixture_fit(&x, NULL, NULL, "{\"n_components\": 50}", &run, &model);
 *     if (status != LITHE_OK && status != LITHE_ENOCONV) {
 *         fprintf(stderr, "%%s\n", run.message);
 *         return 1;
 *     }
 *     ...
 *     lithe_free(model);
 *
 * Generated from the sources of the library; do not edit.
 */
#ifndef LITHE_H
#define LITHE_H

#define LITHE_VERSION "%[1]s"

`

const footer = `#ifdef __cplusplus
}
#endif

#endif /* LITHE_H */
`

// render composes the header.
func render(types string, sections []section) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, banner, core.Version)
	b.WriteString(types)
	b.WriteString("\n#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n")
	for _, s := range sections {
		title := s.title
		if title == "main" {
			title = "library"
		}
		fmt.Fprintf(&b, "/* %s %s */\n\n", strings.Repeat("-", width-8-len(title)), title)
		comment(&b, s.doc)
		b.WriteByte('\n')
		for _, f := range s.functions {
			comment(&b, f.doc)
			b.WriteString(prototype(f))
			b.WriteByte('\n')
		}
	}
	b.WriteString(footer)
	return b.Bytes()
}

// comment writes text as a C comment.
func comment(b *bytes.Buffer, text string) {
	text = strings.TrimSpace(text)
	if !strings.Contains(text, "\n") && len(text)+6 <= width {
		fmt.Fprintf(b, "/* %s */\n", text)
		return
	}
	b.WriteString("/*\n")
	for _, line := range strings.Split(text, "\n") {
		b.WriteString(strings.TrimRight(" * "+line, " ") + "\n")
	}
	b.WriteString(" */\n")
}

// prototype writes a declaration, breaking lines between parameters.
func prototype(f function) string {
	join := func(ctype, name string) string {
		if strings.HasSuffix(ctype, "*") {
			return ctype + name
		}
		return ctype + " " + name
	}
	var parts []string
	for _, p := range f.parameters {
		parts = append(parts, join(p.ctype, p.name))
	}
	if len(parts) == 0 {
		parts = []string{"void"}
	}
	text := join(f.result, f.name) + "("
	column := len(text)
	for i, p := range parts {
		end := ", "
		if i == len(parts)-1 {
			end = ");"
		}
		if column+len(p)+len(end) > width && i > 0 {
			text = strings.TrimRight(text, " ") + "\n        "
			column = 8
		}
		text += p + end
		column += len(p) + len(end)
	}
	return text + "\n"
}

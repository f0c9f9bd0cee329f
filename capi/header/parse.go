package main

import (
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
)

// section is what one file exports.
type section struct {
	title     string // the file's name
	doc       string // the comment above its package clause
	functions []function
}

// function is one export in terms of C.
type function struct {
	name, doc, result string
	parameters        []parameter
}

type parameter struct{ name, ctype string }

// order is that of the sections: what concerns everything comes first, then the rooms.
var order = []string{"main", "result", "mixture", "mixture_blocks", "mixture_missing", "mixture_selection", "kmeans", "npmle", "lowrank", "stream", "pca", "gp", "gp_predict", "gp_prior", "gp_classifier", "gp_svm", "gp_basis", "gp_surrogate", "softmix", "choice", "coreset", "coreset_samples", "coreset_gradients", "coreset_sparse", "coreset_learning", "coreset_sparse_samples"}

// parse reads the files of a package that belong to a build without tags.
func parse(folder string) ([]section, error) {
	paths, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		return nil, err
	}
	var sections []section
	for _, path := range paths {
		if ok, err := build.Default.MatchFile(folder, filepath.Base(path)); err != nil || !ok {
			if err != nil {
				return nil, err
			}
			continue
		}
		s, err := parseFile(path)
		if err != nil {
			return nil, err
		}
		if len(s.functions) > 0 {
			sections = append(sections, s)
		}
	}
	for _, s := range sections {
		if !slices.Contains(order, s.title) {
			return nil, fmt.Errorf("%s.go exports functions but has no place in the order of the sections", s.title)
		}
	}
	slices.SortFunc(sections, func(a, b section) int {
		return slices.Index(order, a.title) - slices.Index(order, b.title)
	})
	return sections, nil
}

func parseFile(path string) (section, error) {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, path, nil, parser.ParseComments)
	if err != nil {
		return section{}, err
	}
	s := section{title: strings.TrimSuffix(filepath.Base(path), ".go"), doc: file.Doc.Text()}
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || !exported(f) {
			continue
		}
		c, err := convert(f)
		if err != nil {
			return s, fmt.Errorf("%s: %s: %w", files.Position(f.Pos()), f.Name.Name, err)
		}
		s.functions = append(s.functions, c)
	}
	if len(s.functions) > 0 && s.doc == "" {
		return s, fmt.Errorf("%s exports functions but has no comment above its package clause", path)
	}
	return s, nil
}

// exported tells whether cgo exports a function under its own name.
func exported(f *ast.FuncDecl) bool {
	return f.Doc != nil && slices.ContainsFunc(f.Doc.List, func(c *ast.Comment) bool {
		return c.Text == "//export "+f.Name.Name
	})
}

func convert(f *ast.FuncDecl) (function, error) {
	c := function{name: f.Name.Name, doc: strings.TrimSpace(f.Doc.Text())}
	if c.doc == "" {
		return c, fmt.Errorf("no doc comment")
	}
	results := f.Type.Results
	if results == nil || len(results.List) != 1 {
		return c, fmt.Errorf("must return one value")
	}
	var err error
	if c.result, err = ctype(results.List[0].Type); err != nil {
		return c, err
	}
	for _, field := range f.Type.Params.List {
		t, err := ctype(field.Type)
		if err != nil {
			return c, err
		}
		for _, name := range field.Names {
			c.parameters = append(c.parameters, parameter{snake(name.Name), t})
		}
	}
	return c, nil
}

// ctype translates C.name and *C.name; cgo.h's lithe_const_name stands for const lithe_name or, for char and int64_t,
// for const name.
func ctype(e ast.Expr) (string, error) {
	switch t := e.(type) {
	case *ast.StarExpr:
		inner, err := ctype(t.X)
		return inner + " *", err
	case *ast.SelectorExpr:
		if x, ok := t.X.(*ast.Ident); ok && x.Name == "C" {
			switch base, isConst := strings.CutPrefix(t.Sel.Name, "lithe_const_"); {
			case !isConst:
				return t.Sel.Name, nil
			case base == "char" || base == "int64_t":
				return "const " + base, nil
			default:
				return "const lithe_" + base, nil
			}
		}
	}
	return "", fmt.Errorf("a type that is neither C.name nor *C.name")
}

// snake turns sampleWeight into sample_weight.
func snake(name string) string {
	var b strings.Builder
	for _, r := range name {
		if unicode.IsUpper(r) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// Command header writes include/lithe.h from the sources of package capi: its types.h, and for every exported function
// the prototype and the doc comment, in one section per file.
//
//	go run ./capi/header          write the file
//	go run ./capi/header -check   fail if the committed file differs
//	go run ./capi/header -names   print the names of the functions
package main

import (
	"bytes"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("header: ")
	root := flag.String("root", ".", "root folder of the repository")
	check := flag.Bool("check", false, "compare with the committed file instead of writing it")
	names := flag.Bool("names", false, "print the names of the functions instead")
	flag.Parse()

	sections, err := parse(filepath.Join(*root, "capi"))
	if err != nil {
		log.Fatal(err)
	}
	if *names {
		for _, s := range sections {
			for _, f := range s.functions {
				fmt.Println(f.name)
			}
		}
		return
	}
	types, err := os.ReadFile(filepath.Join(*root, "capi", "types.h"))
	if err != nil {
		log.Fatal(err)
	}
	text := render(string(types), sections)
	path := filepath.Join(*root, "include", "lithe.h")
	if !*check {
		if err := os.WriteFile(path, text, 0o666); err != nil {
			log.Fatal(err)
		}
		return
	}
	committed, err := os.ReadFile(path)
	if err != nil {
		log.Fatal(err)
	}
	if !bytes.Equal(committed, text) {
		log.Fatalf("%s is stale at line %d: run go run ./capi/header", path, firstDifference(committed, text))
	}
}

// firstDifference returns the number of the first line that differs.
func firstDifference(a, b []byte) int {
	x, y := bytes.Split(a, []byte("\n")), bytes.Split(b, []byte("\n"))
	for i := range min(len(x), len(y)) {
		if !bytes.Equal(x[i], y[i]) {
			return i + 1
		}
	}
	return min(len(x), len(y)) + 1
}

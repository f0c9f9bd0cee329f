package cpu

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// legacy matches the mnemonics of SSE instructions. Amid AVX code one of them costs some 200 ns, because the processor
// has to keep the upper halves of the registers.
var legacy = regexp.MustCompile(`^(MOV[AU]P[SD]|MOVS[SD]|MOVO[AU]|MOV[HL]P[SD]|MOVMSKP[SD]|MOVNT(DQ|P[SD])|` +
	`(ADD|SUB|MUL|DIV|MIN|MAX|SQRT|CMP|RCP|RSQRT|ROUND)[PS][SD]|(AND|ANDN|OR|XOR|SHUF|UNPCK[HL])P[SD]|U?COMIS[SD]|` +
	`CVT\w+|P(XOR|AND|ANDN|OR|ADD\w+|SUB\w+|MUL\w+|MIN\w+|MAX\w+|SHUF\w+|UNPCK\w+|CMP\w+|SLL\w+|SRL\w+|SRA\w+|` +
	`INSR\w+|EXTR\w+|BLEND\w+|MOVMSKB))$`)

var (
	word          = regexp.MustCompile(`[A-Z][A-Z0-9]*`)
	vector        = regexp.MustCompile(`\b[XYZ]\d`)
	wide          = regexp.MustCompile(`\b[YZ]\d`)
	integerMove   = regexp.MustCompile(`^MOV[BWLQ]\b`)
	comment       = regexp.MustCompile(`//.*`)
	leadingLabels = regexp.MustCompile(`^(\w+:\s*)+`)
)

// statements splits assembly into instructions, macro lines and directives.
func statements(source string) []string {
	var all []string
	for _, line := range strings.Split(source, "\n") {
		line = strings.TrimSuffix(strings.TrimSpace(comment.ReplaceAllString(line, "")), `\`)
		for _, s := range strings.Split(line, ";") {
			if s = leadingLabels.ReplaceAllString(strings.TrimSpace(s), ""); s != "" {
				all = append(all, s)
			}
		}
	}
	return all
}

// complaints lists what makes assembly that uses wide vectors slow: legacy instructions, and returns with the upper halves
// of the registers still in use.
func complaints(source string) []string {
	if !wide.MatchString(comment.ReplaceAllString(source, "")) {
		return nil
	}
	var all []string
	previous := ""
	for _, s := range statements(source) {
		for _, w := range word.FindAllString(s, -1) {
			if legacy.MatchString(w) {
				all = append(all, "legacy SSE instruction, use the form that starts with V: "+s)
			}
		}
		if integerMove.MatchString(s) && vector.MatchString(s) {
			all = append(all, "legacy move of a vector register, use VMOVQ or VMOVD: "+s)
		}
		if s == "RET" && previous != "VZEROUPPER" {
			all = append(all, "RET not preceded by VZEROUPPER, after: "+previous)
		}
		previous = s
	}
	return all
}

func TestAssemblyIsPureAVX(t *testing.T) {
	files := 0
	require.NoError(t, filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".s") && !strings.HasSuffix(path, ".h") {
			return err
		}
		files++
		source, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Empty(t, complaints(string(source)), path)
		return nil
	}))
	require.NotZero(t, files)
}

func TestComplaints(t *testing.T) {
	for _, c := range []struct {
		source string
		want   int
	}{
		{"VADDPD Y0, Y1, Y1\nVZEROUPPER\nRET", 0},
		{"VADDPD Y0, Y1, Y1\nRET", 1},
		{"loop: MOVSD X0, (DI)\nVXORPD Y0, Y0, Y0", 1},
		{"#define ADD ADDPD\nVXORPD Y0, Y0, Y0", 1},
		{"MOVQ AX, X0; VPBROADCASTQ X0, Y0", 1},
		{"ADDSD X0, X1 // without wide registers this is fine\nRET", 0},
		{"VMOVUPD (SI), Y0 // MOVUPS would be slow\nADDQ $32, SI", 0},
	} {
		require.Len(t, complaints(c.source), c.want, c.source)
	}
}

//go:build amd64 && !noasm

package cover

import "github.com/lithe-ml/lithe/core/internal/cpu"

var (
	families32 = [...]*family[float32]{
		cpu.Generic: generic32,
		cpu.AVX2:    {columnsAVX2x32, rowAVX2x32, acrossAVX2x32, nearAVX2x32, rootAVX2x32, extentAVX2x32, surveyAVX2x32, mirrorAVX2x32, underAVX2x32},
		cpu.AVX512:  {columnsAVX512x32, rowAVX512x32, acrossAVX512x32, nearAVX512x32, rootAVX512x32, extentAVX512x32, surveyAVX512x32, mirrorAVX512x32, underAVX512x32},
	}
	families64 = [...]*family[float64]{
		cpu.Generic: generic64,
		cpu.AVX2:    {columnsAVX2x64, rowAVX2x64, acrossAVX2x64, nearAVX2x64, rootAVX2x64, extentAVX2x64, surveyAVX2x64, mirrorAVX2x64, underAVX2x64},
		cpu.AVX512:  {columnsAVX512x64, rowAVX512x64, acrossAVX512x64, nearAVX512x64, rootAVX512x64, extentAVX512x64, surveyAVX512x64, mirrorAVX512x64, underAVX512x64},
	}
)

func family32(l cpu.Level) *family[float32] { return families32[l] }

func family64(l cpu.Level) *family[float64] { return families64[l] }

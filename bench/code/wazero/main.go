// SPDX-License-Identifier: Apache-2.0

// Times one kernel in wazero's compiler.
//
//	run_wazero MODULE ROUNDS      prints CHECKSUM NANOSECONDS COMPILE_NANOSECONDS
package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/tetratelabs/wazero"
)

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "run_wazero:", err)
		os.Exit(1)
	}
}

func main() {
	if len(os.Args) != 3 {
		os.Exit(2)
	}
	wasm, err := os.ReadFile(os.Args[1])
	must(err)
	rounds, err := strconv.ParseUint(os.Args[2], 10, 32)
	must(err)
	ctx := context.Background()
	runtime := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigCompiler())
	begin := time.Now()
	compiled, err := runtime.CompileModule(ctx, wasm)
	must(err)
	compiling := time.Since(begin)
	instance, err := runtime.InstantiateModule(ctx, compiled, wazero.NewModuleConfig())
	must(err)
	run := instance.ExportedFunction("kernel_run")
	_, err = run.Call(ctx, rounds)
	must(err)
	begin = time.Now()
	sum, err := run.Call(ctx, rounds)
	spent := time.Since(begin)
	must(err)
	fmt.Printf("%016x %d %d\n", sum[0], spent.Nanoseconds(), compiling.Nanoseconds())
}

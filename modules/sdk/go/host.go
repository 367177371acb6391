// SPDX-License-Identifier: Apache-2.0

package ingot

import "unsafe"

// The host's functions, as abi/EERP.md has them. A string is passed as its address and its length.

//go:wasmimport host log_level
func hostLogLevel(level uint32, text string)

//go:wasmimport host register_route
func hostRegisterRoute(method, path string, handlerID uint32, permission string) int32

//go:wasmimport host query
func hostQuery(sql, params string) int32

//go:wasmimport host execute
func hostExecute(sql, params string) int32

//go:wasmimport host data
func hostData(request string) int32

//go:wasmimport host call
func hostCall(module, method, path, body string) int32

//go:wasmimport host result
func hostResult(address unsafe.Pointer, capacity uint32) int32

//go:wasmimport host now_ms
func hostNowMs() int64

// outcome is what a host function gave: its text, and whether it is a result or an error.
type outcome struct {
	ok   bool
	text []byte
}

func collect(code int32) outcome {
	size := code
	if code < 0 {
		size = -code
	}
	text := make([]byte, size)
	if size > 0 {
		text = text[:hostResult(unsafe.Pointer(&text[0]), uint32(size))]
	}
	return outcome{code >= 0, text}
}

// SPDX-License-Identifier: Apache-2.0

// Package ingot is for writing business modules in Go. The contract is abi/EERP.md. A module gives its tables and routes to Serve in
// an init function, and has an empty main; this package has the exports.
//
// A module holds no state between requests: the host gives each request an instance that nobody else touched, and Go's runtime
// starts in it.
package ingot

import (
	"strconv"
	"unsafe"
)

// A Handler answers a request: with a response, or with an error, which rolls back what was written. A *Refusal is told to the
// client; any other error is logged, and the client learns that it was not its fault.
type Handler func(request *Request) (*Response, error)

// A Route is one line of the route table.
type Route struct {
	Method, Path, Permission string
	Handler                  Handler
}

var served struct {
	migrations string
	routes     []Route
	openapi    string
}

// Serve says what the module's tables and routes are; to be called once, from an init function.
func Serve(migrations string, routes []Route) {
	served.migrations, served.routes = migrations, routes
}

// Describe says what the routes ask for and answer (abi/OPENAPI.md); to be called once, from an init function. A module that does
// not is left out of the server's OpenAPI document.
func Describe(openapi string) { served.openapi = openapi }

//go:wasmexport openapi
func openapi() unsafe.Pointer { return unsafe.Pointer(unsafe.StringData(served.openapi)) }

//go:wasmexport openapi_len
func openapiLen() uint32 { return uint32(len(served.openapi)) }

//go:wasmexport migrate
func migrate() unsafe.Pointer { return unsafe.Pointer(unsafe.StringData(served.migrations)) }

//go:wasmexport migrate_len
func migrateLen() uint32 { return uint32(len(served.migrations)) }

//go:wasmexport init
func register() {
	for id, route := range served.routes {
		if code := hostRegisterRoute(route.Method, route.Path, uint32(id), route.Permission); code < 0 {
			Log(Error, "route "+route.Method+" "+route.Path+" was refused: "+strconv.Itoa(int(code)))
		}
	}
}

// What the host was given and has not given back: Go's collector does not see that it is in use.
var lent = map[unsafe.Pointer][]byte{}

func lend(bytes []byte) unsafe.Pointer {
	address := unsafe.Pointer(unsafe.SliceData(bytes))
	lent[address] = bytes
	return address
}

//go:wasmexport alloc
func alloc(size uint32) unsafe.Pointer { return lend(make([]byte, size, max(size, 1))) }

//go:wasmexport dealloc
func dealloc(address unsafe.Pointer, _ uint32) { delete(lent, address) }

//go:wasmexport handle
func handle(handlerID uint32, request unsafe.Pointer, size uint32) uint64 {
	response := answer(handlerID, unsafe.Slice((*byte)(request), size))
	text := response.encode()
	return uint64(uintptr(lend(text)))<<32 | uint64(len(text))
}

func answer(handlerID uint32, text []byte) *Response {
	request, err := parseRequest(text)
	var response *Response
	if err == nil {
		response, err = served.routes[handlerID].Handler(request)
	}
	if err != nil {
		return refusalOf(err).response()
	}
	return response
}

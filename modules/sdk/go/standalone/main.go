// SPDX-License-Identifier: Apache-2.0

// Go's own libraries ask WASI for what they need of a system: the time, random numbers, a place for messages, and files. A business
// module has no WASI, but the host of abi/EERP.md. This program writes changed copies of the files that say so, in which what the
// host has is asked of the host and everything else is refused, and a list of them for `go build -overlay`:
//
//	go run ./sdk/standalone FOLDER    # FOLDER/overlay.json and the files beside it
//
// It knows what such a declaration looks like, not where one is, so it works for any release of Go from 1.24 on; ingotc names what
// it has left over.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
)

// A function that is imported from WASI: its name there, its name here with its parameters, and what it returns.
var declaration = regexp.MustCompile(`(?m)^//go:wasmimport wasi_snapshot_preview1 (\w+)\n(?://go:\w+\n)*func (\w+)(\([^)]*\)) ?([\w.]*)$`)

// What the host has, by the package and the name in WASI. Of each parameter the name in Go's source is used.
var bodies = map[string]string{
	"runtime.proc_exit":         "ingot_flush()\n\tabort()",
	"runtime.args_sizes_get":    "*argc, *argvBufLen = 0, 0\n\treturn 0",
	"runtime.environ_sizes_get": "*environCount, *environBufLen = 0, 0\n\treturn 0",
	"runtime.clock_time_get":    "*time = timestamp(ingot_now_ms()) * 1000000\n\treturn 0",
	"runtime.random_get":        "ingot_random(unsafe.Pointer(buf), bufLen)\n\treturn 0",
	"runtime.sched_yield":       "return 0",
	"runtime.poll_oneoff":       "*nevents = 0\n\treturn 0", // nothing happens but time
	"runtime.fd_write":          "*nwritten = ingot_write((*iovec)(iovs), iovsLen)\n\treturn 0",
	"syscall.proc_exit":         `panic("os.Exit: a module answers, it does not end")`,
	"syscall.clock_time_get":    "*time = timestamp(ingot_now_ms()) * 1000000\n\treturn 0",
	"syscall.random_get":        "ingot_random(unsafe.Pointer(buf), bufLen)\n\treturn 0",
	"syscall.fd_prestat_get":    "return EBADF", // no folder is open
	"syscall.fd_write":          "if fd != 1 && fd != 2 {\n\t\treturn EBADF\n\t}\n\t*nwritten = ingot_write(unsafe.Slice(iovs, iovsLen))\n\treturn 0",
}

// What stands at the end of a file that uses it.
var additions = map[string]string{
	"ingot_now_ms": `
//go:wasmimport host now_ms
func ingot_now_ms() int64
`,
	"ingot_random": `
//go:wasmimport host random
//go:noescape
func ingot_random(address unsafe.Pointer, length uint32)
`,
	// The runtime says what it has to say in pieces (a panic's message, its stack); the log has lines.
	"runtime.ingot_write": `
//go:wasmimport host log_level
//go:noescape
func ingot_log(level uint32, text unsafe.Pointer, length uint32)

var (
	ingot_line [1024]byte
	ingot_used uint32
)

func ingot_flush() {
	if ingot_used > 0 {
		ingot_log(4, unsafe.Pointer(&ingot_line), ingot_used)
	}
	ingot_used = 0
}

func ingot_write(iovs *iovec, count size) size {
	written := size(0)
	for index := size(0); index < count; index++ {
		piece := (*iovec)(add(unsafe.Pointer(iovs), uintptr(index)*unsafe.Sizeof(*iovs)))
		for at := size(0); at < piece.bufLen; at++ {
			char := *(*byte)(unsafe.Pointer(uintptr(piece.buf) + uintptr(at)))
			if char == '\n' || ingot_used == uint32(len(ingot_line)) {
				ingot_flush()
			}
			if char != '\n' {
				ingot_line[ingot_used] = char
				ingot_used++
			}
		}
		written += piece.bufLen
	}
	return written
}
`,
	"syscall.ingot_write": `
//go:wasmimport host log_level
//go:noescape
func ingot_log(level uint32, text unsafe.Pointer, length uint32)

// One write, one line: fmt.Println's, and log's.
func ingot_write(iovs []iovec) size {
	written := size(0)
	for _, piece := range iovs {
		length := piece.bufLen
		written += length
		if length > 0 && *(*byte)(unsafe.Pointer(uintptr(piece.buf) + uintptr(length) - 1)) == '\n' {
			length--
		}
		if length > 0 {
			ingot_log(2, unsafe.Pointer(uintptr(piece.buf)), length)
		}
	}
	return written
}
`,
}

// body is what a function does instead of asking WASI.
func body(pkg, name, result string) string {
	if known, found := bodies[pkg+"."+name]; found {
		return known
	}
	switch result {
	case "":
		return `panic("` + name + `: a module has no WASI")`
	case "Errno", "syscall.Errno":
		return "return " + strings.TrimSuffix(result, "Errno") + "ENOSYS"
	default:
		return "return 52 // ENOSYS"
	}
}

// standalone is a file's text without what it imports from WASI; false when there was nothing of it.
func standalone(pkg string, text []byte) ([]byte, bool) {
	if !declaration.Match(text) {
		return nil, false
	}
	changed := declaration.ReplaceAllFunc(text, func(found []byte) []byte {
		part := declaration.FindSubmatch(found)
		name, function, parameters, result := string(part[1]), string(part[2]), string(part[3]), string(part[4])
		return []byte("func " + strings.TrimSuffix(function+parameters+" "+result, " ") + " {\n\t" + body(pkg, name, result) + "\n}")
	})
	for _, name := range []string{"ingot_now_ms", "ingot_random", "ingot_write"} {
		if !bytes.Contains(changed, []byte(name)) {
			continue
		}
		addition, found := additions[pkg+"."+name]
		if !found {
			addition = additions[name]
		}
		changed = append(changed, addition...)
	}
	return changed, true
}

func run(folder string) error {
	folder, err := filepath.Abs(folder)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return err
	}
	source := filepath.Join(runtime.GOROOT(), "src")
	replace := map[string]string{}
	for _, pkg := range []string{"runtime", "syscall", "internal/syscall/unix"} {
		files, err := filepath.Glob(filepath.Join(source, filepath.FromSlash(pkg), "*_wasip1.go"))
		if err != nil {
			return err
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				return err
			}
			changed, has := standalone(pkg, text)
			if !has {
				continue
			}
			target := filepath.Join(folder, strings.ReplaceAll(pkg, "/", "_")+"_"+filepath.Base(file))
			if err := os.WriteFile(target, changed, 0o666); err != nil {
				return err
			}
			replace[file] = target
		}
	}
	if len(replace) == 0 {
		return fmt.Errorf("%s has nothing for GOOS=wasip1", source)
	}
	list, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, "overlay.json"), list, 0o666)
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: standalone FOLDER")
		os.Exit(2)
	}
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "standalone:", err)
		os.Exit(1)
	}
}

// SPDX-License-Identifier: Apache-2.0

package ingot

// A Level says how much a line of the log matters.
type Level uint32

// The levels of the host's log.
const (
	Trace Level = iota
	Debug
	Info
	Warn
	Error
)

// Log writes a line into the host's log. What goes to standard output or error becomes one too.
func Log(level Level, text string) { hostLogLevel(uint32(level), text) }

// NowMs is the time, in milliseconds since 1970-01-01 UTC. The package time works as well.
func NowMs() int64 { return hostNowMs() }

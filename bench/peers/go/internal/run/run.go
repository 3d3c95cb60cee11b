// Package run is what the server and the client share: flags, bounds, and the line of figures.
package run

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"syscall"
	"time"
)

// MaxMessage is more than any message that is measured.
const MaxMessage = 64 << 20

// Flags parses the command line. A bad one ends the program with one line and status 2.
func Flags(program string, define func(*flag.FlagSet)) {
	flags := flag.NewFlagSet(program, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	define(flags)
	err := flags.Parse(os.Args[1:])
	if errors.Is(err, flag.ErrHelp) {
		flags.SetOutput(os.Stdout)
		flags.PrintDefaults()
		os.Exit(0)
	}
	if err == nil && flags.NArg() > 0 {
		err = fmt.Errorf("%q was not expected", flags.Arg(0))
	}
	if err != nil {
		Fail(program, 2, err)
	}
}

// Fail ends the program with one line.
func Fail(program string, status int, err error) {
	fmt.Fprintf(os.Stderr, "%s: %v\n", program, err)
	os.Exit(status)
}

// EndAfter keeps the program from outliving what started it for longer than that.
func EndAfter(program string, limit time.Duration) {
	time.AfterFunc(limit, func() { Fail(program, 1, fmt.Errorf("it ran for more than %v and was ended", limit)) })
}

// Usage is what this process has used so far, as the kernel accounts for it.
type Usage struct {
	cpu    time.Duration
	moment time.Time
}

// Now reads it.
func Now() Usage {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		Fail("getrusage", 1, err)
	}
	return Usage{time.Duration(used.Utime.Nano() + used.Stime.Nano()), time.Now()}
}

// Report prints the one line that the harness reads.
func Report(before Usage, calls, messages int64) {
	after := Now()
	fmt.Printf("{\"calls\": %d, \"messages\": %d, \"seconds\": %.6f, \"cpu_seconds\": %.6f}\n", calls, messages,
		after.moment.Sub(before.moment).Seconds(), (after.cpu - before.cpu).Seconds())
}

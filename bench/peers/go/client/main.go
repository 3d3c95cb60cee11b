// grpc-go's client of benchmark.BenchmarkService, with so many calls at once: what farcall's is measured beside.
package main

import (
	"context"
	"flag"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"farcall/bench/benchmark"
	"farcall/bench/internal/run"
)

const program = "go_client"

type options struct {
	target, workload            string
	calls                       int64
	outstanding, messages, size int
	metadata, threads           int
}

// bounds that flags are held to.
type bounds struct {
	name             string
	value, low, high int64
}

func (o *options) check() error {
	if calls[o.workload] == nil {
		return fmt.Errorf("--workload: there is no %q", o.workload)
	}
	for _, b := range []bounds{
		{"calls", o.calls, 1, 1e9}, {"outstanding", int64(o.outstanding), 1, 10000},
		{"messages", int64(o.messages), 1, 1e8}, {"size", int64(o.size), 1, run.MaxMessage - 1024},
		{"metadata", int64(o.metadata), 0, 60}, {"threads", int64(o.threads), 1, 64},
	} {
		if b.value < b.low || b.value > b.high {
			return fmt.Errorf("--%s: %d is not in the range from %d to %d", b.name, b.value, b.low, b.high)
		}
	}
	if o.metadata > 0 && o.workload != "get_sum" {
		return fmt.Errorf("--metadata is for get_sum")
	}
	return nil
}

func (o *options) messagesOf(count int64) int64 {
	switch o.workload {
	case "stream_sum", "collect_sum", "echo_sum":
		return count * int64(o.messages)
	}
	return count
}

func parse() *options {
	o := &options{target: "127.0.0.1:9100", workload: "get_sum", calls: 100000, outstanding: 100, messages: 1000,
		size: 1024, threads: 1}
	run.Flags(program, func(flags *flag.FlagSet) {
		flags.StringVar(&o.target, "target", o.target, "the server, HOST:PORT")
		flags.StringVar(&o.workload, "workload", o.workload, "the method that is called")
		flags.Int64Var(&o.calls, "calls", o.calls, "how many are measured, behind a tenth of that to warm up")
		flags.IntVar(&o.outstanding, "outstanding", o.outstanding, "calls at once")
		flags.IntVar(&o.messages, "messages", o.messages, "of a stream")
		flags.IntVar(&o.size, "size", o.size, "of what is echoed, in bytes")
		flags.IntVar(&o.metadata, "metadata", o.metadata, "entries each way, with get_sum")
		flags.IntVar(&o.threads, "threads", o.threads, "that run the goroutines (GOMAXPROCS)")
	})
	if err := o.check(); err != nil {
		run.Fail(program, 2, err)
	}
	return o
}

// round makes so many calls, `outstanding` of them at a time.
func round(client benchmark.BenchmarkServiceClient, plan *plan, count int64) error {
	var left atomic.Int64
	var failure error
	var once sync.Once
	var working sync.WaitGroup
	left.Store(count)
	for range plan.options.outstanding {
		working.Add(1)
		go func() {
			defer working.Done()
			for number := left.Add(-1); number >= 0; number = left.Add(-1) {
				if err := calls[plan.options.workload](context.Background(), client, plan, number); err != nil {
					once.Do(func() { failure = err })
					left.Store(0)
					return
				}
			}
		}()
	}
	working.Wait()
	return failure
}

func main() {
	o := parse()
	run.EndAfter(program, 15*time.Minute)
	runtime.GOMAXPROCS(o.threads)
	connection, err := grpc.NewClient(o.target, grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(run.MaxMessage)))
	if err != nil {
		run.Fail(program, 2, err)
	}
	client := benchmark.NewBenchmarkServiceClient(connection)
	plan := newPlan(o)
	if err := round(client, plan, o.calls/10+1); err != nil {
		run.Fail(program, 1, err)
	}
	before := run.Now()
	if err := round(client, plan, o.calls); err != nil {
		run.Fail(program, 1, err)
	}
	run.Report(before, o.calls, o.messagesOf(o.calls))
}

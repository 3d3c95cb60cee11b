package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	"farcall/bench/benchmark"
)

// plan is what each call sends.
type plan struct {
	options *options
	sum     *benchmark.SumRequest
	stream  *benchmark.StreamRequest
	complex *benchmark.ComplexMessage
	blob    *benchmark.Blob
}

const expected = 5

func newPlan(o *options) *plan {
	complex := &benchmark.ComplexMessage{
		Train:     "Penryn to Falmouth Docks, calling at Penmere and Falmouth Town",
		Length:    92.75,
		Speed:     88.5,
		OnTime:    true,
		Platform:  2,
		Departure: 1700000000000,
		Driver:    &benchmark.ComplexMessage_Name{Name: "Morwenna Trevithick"},
	}
	for i := range int32(5) {
		complex.Carriages = append(complex.Carriages, &benchmark.ComplexMessage_Carriage{
			Number: fmt.Sprintf("15312%d", i),
			Colour: benchmark.ComplexMessage_Colour(1 + i%3),
			Seats:  60 + 8*i,
		})
	}
	return &plan{
		options: o,
		sum:     &benchmark.SumRequest{A: 2, B: 3, ReturnMetadata: o.metadata > 0},
		stream:  &benchmark.StreamRequest{A: 2, B: 3, Count: int32(o.messages)},
		complex: complex,
		blob:    &benchmark.Blob{Data: []byte(strings.Repeat("x", o.size))},
	}
}

// calls makes one call of each workload.
var calls = map[string]func(context.Context, benchmark.BenchmarkServiceClient, *plan, int64) error{
	"get_sum":     getSum,
	"complex":     callComplex,
	"stream_sum":  streamSum,
	"collect_sum": collectSum,
	"echo_sum":    echoSum,
	"echo":        echo,
}

func check(result, want int32) error {
	if result != want {
		return fmt.Errorf("the sum is %d, not %d", result, want)
	}
	return nil
}

func getSum(ctx context.Context, client benchmark.BenchmarkServiceClient, plan *plan, number int64) error {
	if plan.options.metadata > 0 {
		return getSumWithMetadata(ctx, client, plan, number)
	}
	reply, err := client.GetSum(ctx, plan.sum)
	if err != nil {
		return err
	}
	return check(reply.GetResult(), expected)
}

// Every fourth entry is another one in each call, as in the other clients.
func getSumWithMetadata(ctx context.Context, client benchmark.BenchmarkServiceClient, plan *plan, number int64) error {
	pairs := make([]string, 0, 2*plan.options.metadata)
	for entry := range int64(plan.options.metadata) {
		value := 0x5eed0000 + entry
		if entry%4 == 0 {
			value = number
		}
		pairs = append(pairs, fmt.Sprintf("bench-entry-%02d", entry), fmt.Sprintf("%016x", value))
	}
	var header metadata.MD
	reply, err := client.GetSum(metadata.AppendToOutgoingContext(ctx, pairs...), plan.sum, grpc.Header(&header))
	if err != nil {
		return err
	}
	returned := 0
	for name := range header {
		if strings.HasPrefix(name, "bench-") {
			returned++
		}
	}
	if returned != plan.options.metadata {
		return fmt.Errorf("metadata came back with %d entries", returned)
	}
	return check(reply.GetResult(), expected)
}

func callComplex(ctx context.Context, client benchmark.BenchmarkServiceClient, plan *plan, _ int64) error {
	reply, err := client.Complex(ctx, plan.complex)
	if err != nil {
		return err
	}
	if reply.GetTrain() != plan.complex.GetTrain() || len(reply.GetCarriages()) != len(plan.complex.GetCarriages()) {
		return errors.New("the message came back as another one")
	}
	return nil
}

func echo(ctx context.Context, client benchmark.BenchmarkServiceClient, plan *plan, _ int64) error {
	reply, err := client.Echo(ctx, plan.blob)
	if err != nil {
		return err
	}
	data := reply.GetData()
	if len(data) != plan.options.size || data[0] != 'x' || data[len(data)-1] != 'x' {
		return errors.New("the bytes came back as others")
	}
	return nil
}

func streamSum(ctx context.Context, client benchmark.BenchmarkServiceClient, plan *plan, _ int64) error {
	stream, err := client.StreamSum(ctx, plan.stream)
	if err != nil {
		return err
	}
	for received := 0; ; received++ {
		reply, err := stream.Recv()
		if errors.Is(err, io.EOF) && received == plan.options.messages {
			return nil
		}
		if err != nil {
			return fmt.Errorf("after %d messages: %w", received, err)
		}
		if err := check(reply.GetResult(), expected); err != nil {
			return err
		}
	}
}

func collectSum(ctx context.Context, client benchmark.BenchmarkServiceClient, plan *plan, _ int64) error {
	stream, err := client.CollectSum(ctx)
	if err != nil {
		return err
	}
	for range plan.options.messages {
		if err := stream.Send(plan.sum); err != nil {
			return err
		}
	}
	reply, err := stream.CloseAndRecv()
	if err != nil {
		return err
	}
	return check(reply.GetResult(), expected*int32(plan.options.messages))
}

func echoSum(ctx context.Context, client benchmark.BenchmarkServiceClient, plan *plan, _ int64) error {
	stream, err := client.EchoSum(ctx)
	if err != nil {
		return err
	}
	for range plan.options.messages {
		if err := stream.Send(plan.sum); err != nil {
			return err
		}
		reply, err := stream.Recv()
		if err != nil {
			return err
		}
		if err := check(reply.GetResult(), expected); err != nil {
			return err
		}
	}
	if err := stream.CloseSend(); err != nil {
		return err
	}
	if _, err := stream.Recv(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("the stream did not end: %w", err)
	}
	return nil
}

// grpc-go's server of benchmark.BenchmarkService: what farcall's is measured beside.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	"farcall/bench/benchmark"
	"farcall/bench/internal/run"
)

type service struct {
	benchmark.UnimplementedBenchmarkServiceServer
}

func (service) GetSum(ctx context.Context, request *benchmark.SumRequest) (*benchmark.SumReply, error) {
	if request.GetReturnMetadata() {
		if err := returnMetadata(ctx); err != nil {
			return nil, err
		}
	}
	return &benchmark.SumReply{Result: request.GetA() + request.GetB()}, nil
}

func returnMetadata(ctx context.Context) error {
	received, _ := metadata.FromIncomingContext(ctx)
	returned := metadata.MD{}
	for name, values := range received {
		if strings.HasPrefix(name, "bench-") {
			returned[name] = values
		}
	}
	return grpc.SetHeader(ctx, returned)
}

func (service) StreamSum(request *benchmark.StreamRequest, stream grpc.ServerStreamingServer[benchmark.SumReply]) error {
	reply := &benchmark.SumReply{Result: request.GetA() + request.GetB()}
	for range request.GetCount() {
		if err := stream.Send(reply); err != nil {
			return err
		}
	}
	return nil
}

func (service) CollectSum(stream grpc.ClientStreamingServer[benchmark.SumRequest, benchmark.SumReply]) error {
	total := int32(0)
	for {
		request, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return stream.SendAndClose(&benchmark.SumReply{Result: total})
		}
		if err != nil {
			return err
		}
		total += request.GetA() + request.GetB()
	}
}

func (service) EchoSum(stream grpc.BidiStreamingServer[benchmark.SumRequest, benchmark.SumReply]) error {
	for {
		request, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := stream.Send(&benchmark.SumReply{Result: request.GetA() + request.GetB()}); err != nil {
			return err
		}
	}
}

func (service) Echo(_ context.Context, request *benchmark.Blob) (*benchmark.Blob, error) {
	return request, nil
}

func (service) Complex(_ context.Context, request *benchmark.ComplexMessage) (*benchmark.ComplexMessage, error) {
	return request, nil
}

func main() {
	const program = "go_server"
	listen := "127.0.0.1:9600"
	run.Flags(program, func(flags *flag.FlagSet) {
		flags.StringVar(&listen, "listen", listen, "HOST:PORT")
	})
	run.EndAfter(program, time.Hour)
	listener, err := net.Listen("tcp", listen)
	if err != nil {
		run.Fail(program, 1, err)
	}
	server := grpc.NewServer(grpc.MaxRecvMsgSize(run.MaxMessage))
	benchmark.RegisterBenchmarkServiceServer(server, service{})
	fmt.Printf("listening on %s\n", listener.Addr())
	if err := server.Serve(listener); err != nil {
		run.Fail(program, 1, err)
	}
}

// Package peers holds grpc-go's server and client of benchmark.BenchmarkService. What is generated is kept here, so that
// building it needs no protoc.
package peers

//go:generate go build -o ../../../build/go-generators/ google.golang.org/protobuf/cmd/protoc-gen-go google.golang.org/grpc/cmd/protoc-gen-go-grpc
//go:generate protoc --plugin=../../../build/go-generators/protoc-gen-go --plugin=../../../build/go-generators/protoc-gen-go-grpc -I../../proto --go_out=benchmark --go_opt=paths=source_relative --go_opt=Mbenchmark.proto=farcall/bench/benchmark --go-grpc_out=benchmark --go-grpc_opt=paths=source_relative --go-grpc_opt=Mbenchmark.proto=farcall/bench/benchmark benchmark.proto

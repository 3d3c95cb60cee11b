#pragma once

#include <farcall/buffer.hpp>
#include <farcall/codec.hpp>
#include <farcall/codegen/server_call.hpp>

#include <exception>
#include <optional>
#include <utility>

namespace farcall {

/// Thrown by the blocking streams when the call is over before its handler is: the client has gone or has
/// cancelled, its deadline has passed, or it sent what could not be read. Let it leave the handler; nobody
/// will see what the handler returns.
class CallCancelled : public std::exception {
 public:
  [[nodiscard]] const char* what() const noexcept override { return "the call was cancelled"; }
};

namespace codegen {

// What the streams below do, for either kind of message. They throw CallCancelled.

/// False: no more follow.
[[nodiscard]] bool blocking_read(ServerCall& call, google::protobuf::MessageLite& request);
[[nodiscard]] bool blocking_read(ServerCall& call, Buffer& request);
void blocking_write(ServerCall& call, const google::protobuf::MessageLite& reply);
void blocking_write(ServerCall& call, const Buffer& reply);
void blocking_send_initial_metadata(ServerCall& call);

}  // namespace codegen

/// The requests of a client that streams them, for a blocking handler. Used on the handler's thread only.
template <class Request>
class BlockingReader {
 public:
  explicit BlockingReader(codegen::ServerCall& call) : call_(call) {}
  BlockingReader(const BlockingReader&) = delete;
  BlockingReader& operator=(const BlockingReader&) = delete;

  /// Waits for the next request; nothing only when the client has half-closed in order. Throws CallCancelled.
  [[nodiscard]] std::optional<Request> read() {
    std::optional<Request> request(std::in_place);
    if (!codegen::blocking_read(call_, *request)) request.reset();
    return request;
  }

 private:
  codegen::ServerCall& call_;
};

/// The replies to a client that receives a stream of them, for a blocking handler. Used on the handler's
/// thread only.
template <class Reply>
class BlockingWriter {
 public:
  explicit BlockingWriter(codegen::ServerCall& call) : call_(call) {}
  BlockingWriter(const BlockingWriter&) = delete;
  BlockingWriter& operator=(const BlockingWriter&) = delete;

  /// Sends `reply`; waits first while too much is unsent on the call. Throws CallCancelled.
  void write(const Reply& reply) { codegen::blocking_write(call_, reply); }

  /// Sends the initial metadata ahead of the first reply, for a client that waits for it. Throws
  /// CallCancelled.
  void send_initial_metadata() { codegen::blocking_send_initial_metadata(call_); }

 private:
  codegen::ServerCall& call_;
};

/// Both directions of a call in which both sides stream, for a blocking handler.
template <class Request, class Reply>
class BlockingStream : public BlockingReader<Request>, public BlockingWriter<Reply> {
 public:
  explicit BlockingStream(codegen::ServerCall& call)
      : BlockingReader<Request>(call), BlockingWriter<Reply>(call) {}
};

}  // namespace farcall

#pragma once

#include <farcall/buffer.hpp>
#include <farcall/codegen/protobuf.hpp>
#include <farcall/codegen/server_call.hpp>
#include <farcall/result.hpp>
#include <farcall/status.hpp>

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

/// The requests of a client that streams them, for a blocking handler. Used on the handler's thread only.
template <class Request>
class BlockingReader {
 public:
  explicit BlockingReader(codegen::ServerCall& call) : call_(call) {}
  BlockingReader(const BlockingReader&) = delete;
  BlockingReader& operator=(const BlockingReader&) = delete;

  /// Waits for the next request; nothing only when the client has half-closed in order. Throws CallCancelled.
  [[nodiscard]] std::optional<Request> read() {
    Buffer message;
    switch (call_.blocking_read(message)) {
      case codegen::ReadOutcome::message:
        break;
      case codegen::ReadOutcome::end:
        return std::nullopt;
      case codegen::ReadOutcome::pending:
      case codegen::ReadOutcome::cancelled:
        throw CallCancelled();
    }
    std::optional<Request> request;
    Status parsed = codegen::parse_request(call_.codec(), message.view(), request.emplace());
    if (parsed.ok()) return request;
    call_.blocking_fail(std::move(parsed));
    throw CallCancelled();
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
  void write(const Reply& reply) {
    if (!call_.blocking_write(serialized(reply))) throw CallCancelled();
  }

  /// Sends the initial metadata ahead of the first reply, for a client that waits for it. Throws
  /// CallCancelled.
  void send_initial_metadata() {
    if (!call_.blocking_send_initial_metadata()) throw CallCancelled();
  }

 private:
  [[nodiscard]] Buffer serialized(const Reply& reply) {
    if (call_.codec() == nullptr) [[likely]]
      return codegen::serialize(reply);
    Result<Buffer> encoded = codegen::encode(*call_.codec(), reply);
    if (encoded.ok()) return std::move(*encoded);
    call_.blocking_fail(std::move(encoded).status());
    throw CallCancelled();
  }

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

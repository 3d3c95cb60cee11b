#pragma once

#include <farcall/buffer.hpp>
#include <farcall/codegen/protobuf.hpp>
#include <farcall/codegen/server_call.hpp>
#include <farcall/result.hpp>
#include <farcall/task.hpp>

#include <array>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>

namespace farcall {

namespace codegen {

/// Fills in `request`. False: it is none, the call has failed, and its handler may be gone.
[[nodiscard]] bool read_request(ServerCall& call, std::span<const std::byte> message,
                                google::protobuf::MessageLite& request);
[[nodiscard]] bool read_request(ServerCall& call, std::span<const std::byte> message, Buffer& request);

/// What `read()` gives to co_await.
template <class Request>
class [[nodiscard]] ReadAwaiter final : private SuspensionPoint, private ReadWaiter {
 public:
  explicit ReadAwaiter(ServerCall& call) : call_(call) {}
  ~ReadAwaiter() {
    if (waiting_) call_.forget_reader();
  }

  bool await_ready() {
    std::span<const std::byte> message;
    switch (call_.read(message)) {
      case ReadOutcome::message:
        return decode(message);
      case ReadOutcome::end:
        return true;
      case ReadOutcome::pending:
      case ReadOutcome::cancelled:
        break;
    }
    return false;
  }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> waiting) {
    waiting_ = true;
    call_.await_read(*this);
    park(waiting);
  }
  std::optional<Request> await_resume() { return std::move(request_); }

 private:
  void on_message(std::span<const std::byte> message) override {
    waiting_ = false;
    if (decode(message)) resume();
  }
  void on_end() override {
    waiting_ = false;
    resume();
  }
  /// False: the call has failed, and this object may be gone.
  bool decode(std::span<const std::byte> message) { return read_request(call_, message, request_.emplace()); }

  ServerCall& call_;
  std::optional<Request> request_;
  bool waiting_ = false;
};

/// A reply behind its prefix: a small one lies in the call's send room or in this object, any other in a
/// buffer. Nothing if it cannot be serialized, which ends the call.
class EncodedReply {
 public:
  template <class Reply>
  EncodedReply(ServerCall& call, const Reply& reply) {
    if (call.codec() != nullptr) [[unlikely]] {
      encode_with(call, reply);
      return;
    }
    const std::size_t size = serialized_size(reply);
    if (size <= kRoom - kMessagePrefixSize) [[likely]] {
      used_ = static_cast<std::uint32_t>(kMessagePrefixSize + size);
      SendRoom* room = call.send_room();
      serialize_to(room != nullptr ? room->place(used_, small_.data()) : small_.data(), size, reply);
    } else if (size != kUnserializable) {
      large_.emplace(kMessagePrefixSize + size);
      serialize_to(large_->data(), size, reply);
    }
  }

  /// As ServerCall::write.
  /// Throws std::logic_error the second time: what lay in the send room is gone.
  [[nodiscard]] bool write_to(ServerCall& call) {
    if (sent_) [[unlikely]]
      refuse_second_time();
    sent_ = true;
    if (used_ == 0) [[unlikely]]
      return call.write(large_ ? std::move(*large_) : Buffer());
    if (SendRoom* room = call.send_room(); room != nullptr && room->send(small_.data())) return true;
    return call.write(std::span<const std::byte>(small_.data(), used_));
  }
  /// Before it goes.
  void leave(ServerCall& call) {
    if (SendRoom* room = call.send_room()) room->forget(small_.data());
  }

 private:
  void encode_with(ServerCall& call, const google::protobuf::MessageLite& reply);
  void encode_with(ServerCall& call, const Buffer& reply);
  [[noreturn]] static void refuse_second_time();

  /// What a handler's frame may well hold, and most messages of streams do not exceed.
  static constexpr std::size_t kRoom = 128;

  std::uint32_t used_ = 0;  // of `small_`, or of its place in the send room
  bool sent_ = false;
  std::optional<Buffer> large_;
  std::array<std::byte, kRoom> small_;  // NOLINT(*-member-init): written before it is read
};

/// What `write()` gives to co_await.
class [[nodiscard]] WriteAwaiter final : private SuspensionPoint, private WriteWaiter {
 public:
  template <class Reply>
  WriteAwaiter(ServerCall& call, const Reply& reply) : call_(call), reply_(call, reply) {}
  ~WriteAwaiter() {
    reply_.leave(call_);
    if (waiting_) call_.forget_writer();
  }

  bool await_ready() { return reply_.write_to(call_); }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> waiting) {
    waiting_ = true;
    call_.await_write(*this);
    park(waiting);
  }
  void await_resume() const noexcept {}

 private:
  void on_writable() override {
    waiting_ = false;
    resume();
  }

  ServerCall& call_;
  EncodedReply reply_;
  bool waiting_ = false;
};

/// What `send_initial_metadata()` gives to co_await.
class [[nodiscard]] InitialMetadataAwaiter final : private SuspensionPoint {
 public:
  explicit InitialMetadataAwaiter(ServerCall& call) : call_(call) {}

  bool await_ready() {
    call_.send_initial_metadata();
    return !call_.cancelled();
  }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> waiting) {
    park(waiting);
  }
  void await_resume() const noexcept {}

 private:
  ServerCall& call_;
};

}  // namespace codegen

/// The requests of a client that streams them. Belongs to the call; used by its handler, on the loop's
/// thread.
template <class Request>
class ServerReader {
 public:
  explicit ServerReader(codegen::ServerCall& call) : call_(call) {}
  ServerReader(const ServerReader&) = delete;
  ServerReader& operator=(const ServerReader&) = delete;

  /// `co_await` gives the next request as std::optional<Request>: nothing only when the client has
  /// half-closed in order.
  ///
  /// If the client has gone, cancelled, or sent what is not a Request, the handler is unwound instead: its
  /// destructors run and nothing behind the `co_await` does. The client may send on only as its requests are
  /// read. One read at a time: std::logic_error is thrown for a second one.
  [[nodiscard]] codegen::ReadAwaiter<Request> read() { return codegen::ReadAwaiter<Request>(call_); }

 private:
  codegen::ServerCall& call_;
};

/// The replies to a client that receives a stream of them. Belongs to the call; used by its handler, on the
/// loop's thread.
template <class Reply>
class ServerWriter {
 public:
  explicit ServerWriter(codegen::ServerCall& call) : call_(call) {}
  ServerWriter(const ServerWriter&) = delete;
  ServerWriter& operator=(const ServerWriter&) = delete;

  /// Serializes `reply` now, and sends it when awaited. `co_await` continues when there is room for another
  /// one (by default, when less than 64 KiB wait to be sent on the call); if the client has gone, the handler
  /// is unwound. One write at a time: std::logic_error is thrown for a second one, and for one that is
  /// awaited twice. What it gives does not outlive the handler.
  [[nodiscard]] codegen::WriteAwaiter write(const Reply& reply) {
    return codegen::WriteAwaiter(call_, reply);
  }

  /// Sends the initial metadata ahead of the first reply, for a client that waits for it.
  [[nodiscard]] codegen::InitialMetadataAwaiter send_initial_metadata() {
    return codegen::InitialMetadataAwaiter(call_);
  }

 private:
  codegen::ServerCall& call_;
};

/// Both directions of a call in which both sides stream. One read and one write may wait at the same time.
template <class Request, class Reply>
class ServerStream : public ServerReader<Request>, public ServerWriter<Reply> {
 public:
  explicit ServerStream(codegen::ServerCall& call) : ServerReader<Request>(call), ServerWriter<Reply>(call) {}
};

}  // namespace farcall

#pragma once

#include <farcall/buffer.hpp>
#include <farcall/codec.hpp>
#include <farcall/send_room.hpp>
#include <farcall/status.hpp>

#include <cstddef>
#include <cstdint>
#include <span>

namespace google::protobuf {
class Arena;
}  // namespace google::protobuf

namespace farcall::codegen {

/// What a read of the next request found.
enum class ReadOutcome : std::uint8_t {
  message,
  end,        ///< The client has half-closed, and every message was read.
  pending,    ///< Not there yet.
  cancelled,  ///< The call is over; nothing more will come.
};

/// A coroutine that waits for a request. Told on the loop's thread, once; may be destroyed inside the call.
class ReadWaiter {
 public:
  /// `message` is valid until this returns or the handler reads again, whichever comes first.
  virtual void on_message(std::span<const std::byte> message) = 0;
  virtual void on_end() = 0;

 protected:
  ~ReadWaiter() = default;
};

/// A coroutine that waits until replies may be sent again. Like ReadWaiter.
class WriteWaiter {
 public:
  virtual void on_writable() = 0;

 protected:
  ~WriteWaiter() = default;
};

/// Work for a pool thread, on behalf of a coroutine that waits for it.
class PoolWork {
 public:
  /// On a pool thread. Not called for a call that was cancelled before a thread was free.
  virtual void run() noexcept = 0;
  /// On the loop's thread, after `run` or instead of it.
  virtual void finished() = 0;

 protected:
  ~PoolWork() = default;
};

/// A call as generated code and the stream types see it, whatever its messages are. The server implements it.
///
/// Everything runs on the loop's thread, except the `blocking_` members, which a handler on a pool thread
/// uses. A call that is cancelled takes everything and sends nothing; its coroutine is unwound at its next
/// suspension point.
class ServerCall {
 public:
  ServerCall(const ServerCall&) = delete;
  ServerCall& operator=(const ServerCall&) = delete;

  /// What the call's messages travel in; null: protobuf.
  [[nodiscard]] const Codec* codec() const { return codec_; }
  /// Where to make the one request of a method whose client does not stream; null: anywhere.
  [[nodiscard]] google::protobuf::Arena* arena() const { return arena_; }
  /// Where small replies of several may be sent without a call of `write`; null: nowhere at present.
  [[nodiscard]] SendRoom* send_room() const { return send_room_; }

  /// The next request of a client that streams. `message` is valid until the handler suspends or reads again.
  /// Throws std::logic_error while another read waits.
  [[nodiscard]] virtual ReadOutcome read(std::span<const std::byte>& message) = 0;
  /// After `pending` or `cancelled`.
  virtual void await_read(ReadWaiter& waiter) = 0;
  virtual void forget_reader() noexcept = 0;
  /// A request could not be parsed, or a reply not serialized: the call ends with `status`, without the
  /// metadata of the handler, which is cancelled.
  virtual void fail(const Status& status) = 0;

  /// Sends one reply of several, behind the initial metadata. False if the handler should wait before it
  /// sends more. A `reply` without even a prefix (see `serialize`) ends the call with INTERNAL. Throws
  /// std::logic_error while another write waits.
  [[nodiscard]] virtual bool write(Buffer reply) = 0;
  /// The same for a small one that stays the caller's and is not empty.
  [[nodiscard]] virtual bool write(std::span<const std::byte> reply) = 0;
  /// After `write` returned false.
  virtual void await_write(WriteWaiter& waiter) = 0;
  virtual void forget_writer() noexcept = 0;
  /// Sends the initial metadata now, if it was not yet sent.
  virtual void send_initial_metadata() = 0;

  /// Where to write the only reply, `size` bytes with its prefix, before anything else is done with the call,
  /// which has ended with OK then. Null, and nothing has happened, if the reply is to go to `finish`.
  [[nodiscard]] virtual std::byte* place_reply(std::size_t size) = 0;
  /// How the call ends: with its only reply, and OK; or with a status, behind all replies. Once.
  virtual void finish(Buffer reply) = 0;
  virtual void finish(Status status) = 0;

  /// Short work may run on the loop's thread, if the server's options say so.
  [[nodiscard]] virtual bool runs_blocking_inline() const = 0;
  virtual void run_on_pool(PoolWork& work) = 0;
  [[nodiscard]] virtual bool cancelled() const = 0;

  /// Waits for the next request, which it hands over. Never `pending`.
  [[nodiscard]] virtual ReadOutcome blocking_read(Buffer& message) = 0;
  /// Waits while too much is unsent. False if the call is cancelled.
  [[nodiscard]] virtual bool blocking_write(Buffer reply) = 0;
  [[nodiscard]] virtual bool blocking_send_initial_metadata() = 0;
  /// As `fail`.
  virtual void blocking_fail(Status status) = 0;

 protected:
  ServerCall() = default;
  ~ServerCall() = default;

  const Codec* codec_ = nullptr;
  google::protobuf::Arena* arena_ = nullptr;
  SendRoom* send_room_ = nullptr;
};

}  // namespace farcall::codegen

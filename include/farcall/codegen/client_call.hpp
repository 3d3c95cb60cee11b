#pragma once

#include <farcall/buffer.hpp>
#include <farcall/codec.hpp>
#include <farcall/codegen/message_room.hpp>
#include <farcall/codegen/method.hpp>
#include <farcall/metadata.hpp>
#include <farcall/op.hpp>
#include <farcall/status.hpp>

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

namespace farcall {

/// What became of something that was to be sent. May be ignored: the call's status says why it ended.
enum class WriteResult : std::uint8_t {
  /// Handed over, and there is room for more. That the server has seen it is not said.
  accepted,
  /// The call is over, or its sending side was closed before: nothing was sent. A loop that only writes ends
  /// here.
  call_ended,
};

namespace codegen {

/// A method as a client names it.
struct ClientMethod {
  constexpr ClientMethod(std::string_view method_path, MethodKind method_kind)
      : path(method_path), kind(method_kind) {}
  /// One whose path is not the generator's: a call checks it, and keeps a copy.
  static constexpr ClientMethod named(std::string_view path, MethodKind kind) {
    ClientMethod method(path, kind);
    method.foreign = true;
    return method;
  }

  std::string_view path;  ///< "/package.Service/Method", in memory that outlives every call of it.
  MethodKind kind;
  bool foreign = false;
};

/// A call without its types: what Op<T> and the stream classes stand on. Implemented by the client, and by
/// tests that play a server's part without one.
///
/// Steps (see OpSource; at most one of each under way): `reply` the outcome of a unary call, which also sends
/// it; `read` the next message; `write` the payload, a message behind its 5-byte prefix; `close_send` no more
/// messages; `headers` the initial metadata is there, or the call has ended without; `finish` the end of the
/// call: closes the sending side if need be, and drops messages not read. The results are fetched with the
/// take functions, on the thread that waited.
class ClientCall : public OpSource {
 public:
  /// What the call's messages travel in; null: protobuf.
  [[nodiscard]] const Codec* codec() const { return codec_; }

  /// Of a call with one request: that, behind its prefix, until the call begins. Of a unary call after
  /// `reply` has succeeded: the reply, without prefix.
  [[nodiscard]] MessageRoom& message() { return message_; }
  /// Before it begins: the request could not be made. That is the call's outcome.
  void refuse(Status why) { obstacle_ = std::move(why); }

  /// After `read`: the message, without its prefix; null: no more follow. After a successful `reply` or
  /// `finish` of a call with one response: that message.
  [[nodiscard]] virtual std::optional<Buffer> take_message() = 0;
  /// After `write` or `close_send`.
  [[nodiscard]] virtual WriteResult take_write_result(OpStep step) = 0;
  /// After `reply` or `finish`. For a call with one response, OK means that the message is there.
  [[nodiscard]] virtual Status take_status() = 0;
  /// After `headers`.
  [[nodiscard]] virtual Metadata take_initial_metadata() = 0;
  /// After the step that gave the status, or after a read that gave null.
  [[nodiscard]] virtual const Metadata& trailing_metadata() const = 0;

  /// Ends the call with CANCELLED and `reason`, unless it has ended; the server is told to stop. Any thread.
  virtual void cancel(std::string_view reason) = 0;
  /// What was received cannot be used. As `cancel`, and the status stands even if the server has said OK
  /// meanwhile, as long as nobody was given that. Any thread.
  virtual void fail(Status status) = 0;

 protected:
  const Codec* codec_ = nullptr;
  MessageRoom message_;
  Status obstacle_;  // why it cannot begin
};

/// Owns a stream's call: it is cancelled, if it has not ended, when the handle goes.
class ClientCallHandle {
 public:
  ClientCallHandle() = default;
  explicit ClientCallHandle(Ref<ClientCall>&& call) : call_(std::move(call)) {}
  ClientCallHandle(ClientCallHandle&&) noexcept = default;
  ClientCallHandle& operator=(ClientCallHandle&& other) noexcept;
  ~ClientCallHandle();

  /// Throws std::logic_error for a stream that was moved away.
  [[nodiscard]] const Ref<ClientCall>& call() const;

 private:
  Ref<ClientCall> call_;
};

}  // namespace codegen
}  // namespace farcall

#pragma once

#include <farcall/buffer.hpp>
#include <farcall/codec.hpp>
#include <farcall/codegen/client_call.hpp>
#include <farcall/metadata.hpp>
#include <farcall/op.hpp>
#include <farcall/result.hpp>
#include <farcall/status.hpp>

#include <optional>
#include <utility>

namespace farcall {

namespace codegen {

/// How a stream makes messages of what it receives.
template <class Reply>
using TakeMessage = std::optional<Reply> (*)(OpSource&);
template <class Reply>
using TakeReply = Result<Reply> (*)(OpSource&);

/// What every kind of stream has. See the classes below.
class ClientStreamBase {
 public:
  /// The server's initial metadata, as soon as its headers are there; empty if the call ended without.
  [[nodiscard]] Op<Metadata> initial_metadata();
  /// That came with the status: once `finish` has given it. The stream owns it.
  [[nodiscard]] const Metadata& trailing_metadata() const;
  /// Ends the call with CANCELLED and tells the server, unless it has ended. Operations under way complete.
  /// Any thread.
  void cancel();

 protected:
  explicit ClientStreamBase(Ref<ClientCall>&& call) : handle_(std::move(call)) {}
  ~ClientStreamBase() = default;
  ClientStreamBase(ClientStreamBase&&) noexcept = default;
  ClientStreamBase& operator=(ClientStreamBase&&) noexcept = default;

  template <class Reply>
  [[nodiscard]] Op<std::optional<Reply>> start_read(TakeMessage<Reply> take) {
    return Op<std::optional<Reply>>(handle_.call(), OpStep::read, take);
  }
  [[nodiscard]] Op<WriteResult> start_write(const google::protobuf::MessageLite& request);
  [[nodiscard]] Op<WriteResult> start_write(const Buffer& request);
  [[nodiscard]] Op<WriteResult> start_close_send();
  [[nodiscard]] Op<Status> start_finish();
  template <class Reply>
  [[nodiscard]] Op<Result<Reply>> start_finish(TakeReply<Reply> take) {
    return Op<Result<Reply>>(handle_.call(), OpStep::finish, take);
  }

 private:
  ClientCallHandle handle_;
};

}  // namespace codegen

// For all three: move-only; destroying one cancels its call if that has not finished. Operations may be
// started on any thread, one of each kind at a time (a second throws std::logic_error), and may outlive the
// stream object. They never throw on what the server or the network does: the status of `finish` tells.

/// A call with one request and any number of replies.
template <class Reply>
class [[nodiscard]] ClientReader final : public codegen::ClientStreamBase {
 public:
  ClientReader(codegen::Ref<codegen::ClientCall>&& call, codegen::TakeMessage<Reply> take)
      : ClientStreamBase(std::move(call)), take_(take) {}

  /// The next message; nullopt when no more follow, for whatever reason: `finish` tells it. The server may
  /// send about a flow-control window of messages ahead of the reader and then has to wait for it.
  [[nodiscard]] Op<std::optional<Reply>> read() { return start_read(take_); }
  /// Waits for the end of the call and gives its status. Messages that were not read are dropped.
  [[nodiscard]] Op<Status> finish() { return start_finish(); }

 private:
  codegen::TakeMessage<Reply> take_;
};

/// A call with any number of requests and one reply.
template <class Request, class Reply>
class [[nodiscard]] ClientWriter final : public codegen::ClientStreamBase {
 public:
  ClientWriter(codegen::Ref<codegen::ClientCall>&& call, codegen::TakeReply<Reply> take)
      : ClientStreamBase(std::move(call)), take_(take) {}

  /// Sends a message, which is serialized at once; one that cannot be ends the call. Completes when there is
  /// room for another one.
  [[nodiscard]] Op<WriteResult> write(const Request& request) { return start_write(request); }
  /// Tells the server that no more follow.
  [[nodiscard]] Op<WriteResult> close_send() { return start_close_send(); }
  /// Closes the sending side if that was not done, and waits for the reply.
  [[nodiscard]] Op<Result<Reply>> finish() { return start_finish(take_); }

 private:
  codegen::TakeReply<Reply> take_;
};

/// A call with any number of messages in both directions. One coroutine or thread may read while another
/// writes.
template <class Request, class Reply>
class [[nodiscard]] ClientStream final : public codegen::ClientStreamBase {
 public:
  ClientStream(codegen::Ref<codegen::ClientCall>&& call, codegen::TakeMessage<Reply> take)
      : ClientStreamBase(std::move(call)), take_(take) {}

  /// As in ClientWriter. A server may answer, and end the call, before everything is written.
  [[nodiscard]] Op<WriteResult> write(const Request& request) { return start_write(request); }
  [[nodiscard]] Op<WriteResult> close_send() { return start_close_send(); }
  /// As in ClientReader.
  [[nodiscard]] Op<std::optional<Reply>> read() { return start_read(take_); }
  /// Closes the sending side if that was not done, waits for the end of the call and gives its status.
  /// Messages that were not read are dropped.
  [[nodiscard]] Op<Status> finish() { return start_finish(); }

 private:
  codegen::TakeMessage<Reply> take_;
};

}  // namespace farcall

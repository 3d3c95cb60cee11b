#pragma once

#include <farcall/buffer.hpp>
#include <farcall/client_stream.hpp>
#include <farcall/codegen/client.hpp>
#include <farcall/codegen/client_call.hpp>
#include <farcall/codegen/protobuf.hpp>
#include <farcall/result.hpp>
#include <farcall/status.hpp>

#include <deque>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Streams for tests of code that calls: a mock of a generated ClientInterface returns them, no server is
/// needed. (A unary method's mock returns `Op<Result<Reply>>::ready(...)`.)
namespace farcall {

namespace codegen {

/// A call whose outcome is known from the start: no operation of it ever waits.
template <class Request>
class MockCall final : public ClientCall {
 public:
  MockCall(std::deque<Buffer> replies, Status status, std::vector<Request>* written)
      : replies_(std::move(replies)), status_(std::move(status)), written_(written) {}

  [[nodiscard]] bool start(OpStep step, Buffer payload, OpWaiter&) override {
    if (step == OpStep::close_send || step == OpStep::finish) sending_ = false;
    if (step != OpStep::write) return true;
    write_result_ = sending_ ? WriteResult::accepted : WriteResult::call_ended;
    if (!sending_ || written_ == nullptr) return true;
    if (payload.empty() || !parse(payload.view().subspan(kMessagePrefixSize), written_->emplace_back()))
      throw std::logic_error("farcall: a message that cannot be serialized was written to a mock");
    return true;
  }
  void abandon(OpStep, OpWaiter&, std::shared_ptr<void>) override {}
  [[nodiscard]] net::Loop* home() const override { return nullptr; }

  [[nodiscard]] std::optional<Buffer> take_message() override {
    if (replies_.empty()) return std::nullopt;
    Buffer reply = std::move(replies_.front());
    replies_.pop_front();
    return reply;
  }
  [[nodiscard]] WriteResult take_write_result(OpStep step) override {
    return step == OpStep::write ? write_result_ : WriteResult::accepted;
  }
  [[nodiscard]] Status take_status() override { return status_; }
  [[nodiscard]] Metadata take_initial_metadata() override { return {}; }
  [[nodiscard]] const Metadata& trailing_metadata() const override { return trailing_; }
  void cancel(std::string_view reason) override { fail(Status::cancelled(std::string(reason))); }
  void fail(Status status) override {
    sending_ = false;
    replies_.clear();
    status_ = std::move(status);
  }

 private:
  std::deque<Buffer> replies_;
  Status status_;
  std::vector<Request>* written_;
  Metadata trailing_;
  WriteResult write_result_ = WriteResult::call_ended;
  bool sending_ = true;
};

/// The messages as a call hands them out, without their prefix.
template <class Reply>
std::deque<Buffer> as_received(const std::vector<Reply>& replies) {
  std::deque<Buffer> received;
  for (const Reply& reply : replies) {
    const Buffer message = serialize(reply);
    if (message.empty())
      throw std::logic_error("farcall: a mock was given a reply that cannot be serialized");
    received.push_back(Buffer::copy_of(message.view().subspan(kMessagePrefixSize)));
  }
  return received;
}

}  // namespace codegen

/// Gives `replies` one by one, and then `status`.
template <class Reply>
ClientReader<Reply> mock_reader(const std::vector<Reply>& replies, Status status = Status()) {
  using Call = codegen::MockCall<Reply>;  // nothing is written
  return codegen::reader_on<Reply>(codegen::Ref<codegen::ClientCall>(
      std::make_unique<Call>(codegen::as_received(replies), std::move(status), nullptr)));
}

/// Takes what is written into `written`, which must outlive it, and finishes with `outcome`.
template <class Request, class Reply>
ClientWriter<Request, Reply> mock_writer(std::vector<Request>& written, Result<Reply> outcome) {
  using Call = codegen::MockCall<Request>;
  std::vector<Reply> replies;
  if (outcome.ok()) replies.push_back(*outcome);
  return codegen::writer_on<Request, Reply>(codegen::Ref<codegen::ClientCall>(
      std::make_unique<Call>(codegen::as_received(replies), outcome.status(), &written)));
}

/// Both: gives `replies` whatever is written, which goes into `written`, and ends with `status`.
template <class Request, class Reply>
ClientStream<Request, Reply> mock_stream(std::vector<Request>& written, const std::vector<Reply>& replies,
                                         Status status = Status()) {
  using Call = codegen::MockCall<Request>;
  return codegen::stream_on<Request, Reply>(codegen::Ref<codegen::ClientCall>(
      std::make_unique<Call>(codegen::as_received(replies), std::move(status), &written)));
}

}  // namespace farcall

#pragma once

#include "base/bytes.hpp"
#include "base/intrusive_list.hpp"
#include "base/time.hpp"
#include "base/timer_wheel.hpp"
#include "client/incoming.hpp"
#include "client/outbox.hpp"
#include "http2/error.hpp"
#include "http2/event.hpp"
#include "protocol/grpc_client.hpp"
#include "rpc/message_view.hpp"

#include <farcall/call_options.hpp>
#include <farcall/codegen/client_call.hpp>
#include <farcall/codegen/method.hpp>
#include <farcall/result.hpp>
#include <farcall/task.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace farcall::client {

class ChannelCore;
class ParentWatch;
class Session;

/// One call, from its options to its status, over as many attempts as it takes.
///
/// Two halves. The application's (call_steps.cpp) is for any thread: it hands steps to the channel's loop and
/// fetches their results. The loop's (call.cpp, call_response.cpp) is the call itself: it waits in the
/// channel's queue, or has a stream of a session, or has ended, which it does exactly once. While it is under
/// way it keeps itself alive.
///
///   not begun ── begin ──> waiting ── opened ──> on a stream ──> ended
///                             ^                      │
///                             └──── not processed ───┘
class Call final : public codegen::ClientCall, public base::ListNode {
 public:
  /// One with a single request is given that before it begins: by `take_request`, or directly in `message`.
  Call(std::shared_ptr<ChannelCore> core, const codegen::ClientMethod& method, CallOptions&& options);
  ~Call() override;

  // A call that is made on a loop's thread costs no memory there, if as many have ended.
  static void* operator new(std::size_t size) { return allocate_frame(size); }
  static void operator delete(void* memory, std::size_t size) noexcept { free_frame(memory, size); }

  /// The request behind its prefix, or why it could not be made.
  void take_request(Result<Buffer> request);

  // The application's half. Any thread.

  [[nodiscard]] bool start(codegen::OpStep step, Buffer payload, codegen::OpWaiter& waiter) override;
  void abandon(codegen::OpStep step, codegen::OpWaiter& waiter, std::shared_ptr<void> keep) override;
  [[nodiscard]] net::Loop* home() const override;
  [[nodiscard]] bool runs_here() const override;
  [[nodiscard]] std::optional<Buffer> take_message() override;
  /// The reply of a call that has one, after the step that says that it is there; where it lies.
  [[nodiscard]] rpc::MessageView reply() const;
  [[nodiscard]] Buffer take_reply();
  [[nodiscard]] WriteResult take_write_result(codegen::OpStep step) override;
  [[nodiscard]] Status take_status() override;
  [[nodiscard]] Metadata take_initial_metadata() override;
  [[nodiscard]] const Metadata& trailing_metadata() const override;
  void cancel(std::string_view reason) override;
  void fail(Status status) override;
  /// The call that this one was made for is cancelled.
  void cancel_with_parent();
  /// Begins a call that is not begun by its `reply` step.
  void launch();

  // The loop's half. Its thread.

  void begin();
  [[nodiscard]] bool waits_for_ready() const { return options_.waits_for_ready(); }
  /// The name of its codec; empty: protobuf.
  [[nodiscard]] std::string_view subtype() const {
    return codec_ != nullptr ? codec_->name() : std::string_view();
  }
  [[nodiscard]] std::string_view path() const { return method_.path; }
  /// Its headers are those of every such call of the same method on the channel.
  [[nodiscard]] bool is_plain() const { return options_.are_plain() && !deadline_; }
  /// What its headers are made of; views into the call. False, and the call has ended, when no time remains.
  [[nodiscard]] bool describe(protocol::RequestInfo& info);
  /// What is to go out together with the headers, and ends what is sent: the request of a call that has one,
  /// unless it is too large to be kept. Empty if there is none.
  [[nodiscard]] base::ByteView whole_request() const;
  /// It has a stream now, on which `whole_request` has been sent, and sends what else it has.
  void opened(Session& session, http2::StreamKey stream);
  /// Keeps the payload of a whole response whose headers and trailers say that all is well and nothing else;
  /// `end_with_reply` is to follow. False, and nothing has happened, if there is more to it: it is to be told
  /// part by part.
  [[nodiscard]] bool keep_reply(base::ByteView data);
  void end_with_reply();
  void on_headers(const http2::event::Headers& event);
  void on_data(const http2::event::Data& event);
  void on_writable();
  /// The stream is gone, though the connection is not.
  void on_stream_closed(const http2::event::StreamClosed& event);
  void on_connection_lost(std::string_view reason, bool unprocessed);
  /// Ends the call from this side; the server is told. Nothing if it has ended.
  void end(Status status);
  /// Tells the waiters of the steps that are complete. They may do anything.
  void deliver();

 private:
  class StepJob;
  class ActionJob;
  class AbandonJob;

  /// What the application can do beside steps.
  enum class Action : std::uint8_t { begin, cancel, cancel_with_parent, reject };

  static constexpr std::size_t index(codegen::OpStep step) { return static_cast<std::size_t>(step); }
  static constexpr std::uint8_t bit(codegen::OpStep step) {
    return static_cast<std::uint8_t>(1U << index(step));
  }

  // Application's half.
  void keep_path();
  void fix_deadline();
  void claim(codegen::OpStep step);
  void unclaim(codegen::OpStep step);
  void post_or_act(Action action, Status status);
  void act(Action action, Status status);
  /// A loop that has stopped cannot carry the call to its end. One that is under way has yet to leave the
  /// channel, which it does when that ends.
  void end_without_loop();
  void abandon_on_loop(codegen::OpStep step, codegen::OpWaiter& waiter);

  // Loop's half.
  [[nodiscard]] bool begin_step(codegen::OpStep step, Buffer payload, codegen::OpWaiter& waiter);
  [[nodiscard]] bool try_step(codegen::OpStep step, Buffer payload);
  [[nodiscard]] bool try_read();
  [[nodiscard]] bool try_write(Buffer message);
  [[nodiscard]] bool try_finish();
  void close_sending();
  void flush();
  void complete(codegen::OpStep step);
  void pump();
  [[nodiscard]] bool hand_out();
  void grant_window();
  void check_tail();
  [[nodiscard]] bool repeat_unprocessed(unsigned most_repeats);
  void after_response(bool peer_ended);
  void watch_parent();
  void end_with_parent();
  void conclude(std::optional<http2::ErrorCode> reset);
  /// What comes in parts, and how the call ends if that is not by a whole response.
  [[nodiscard]] Incoming& incoming();
  /// It has ended: the channel has no more to do with it but to tell its waiters.
  void leave(std::optional<http2::ErrorCode> reset);
  void reject(Status status);
  void on_deadline(base::TimePoint now);
  [[nodiscard]] bool has_one_request() const { return !streams_requests(method_.kind); }
  [[nodiscard]] bool has_one_reply() const { return !streams_replies(method_.kind); }
  [[nodiscard]] bool has_reply_in_pieces() const { return incoming_ && !incoming_->reply.empty(); }

  const std::shared_ptr<ChannelCore> core_;
  codegen::ClientMethod method_;
  std::unique_ptr<const std::string> own_path_;  // of a method that is not the generator's
  CallOptions options_;
  std::optional<base::TimePoint> deadline_;
  std::size_t max_receive_message_size_;

  /// Steps that were started and whose result was not taken; any thread.
  std::atomic<std::uint8_t> claimed_{0};
  /// Written on the loop.
  std::atomic<bool> ended_{false};

  // From here on the loop's, save that results are read by those who were told of them.
  codegen::Ref<Call> self_;  // while under way
  Session* session_ = nullptr;
  http2::StreamKey stream_;
  base::TimerOf<Call, &Call::on_deadline> deadline_timer_{*this};
  std::unique_ptr<ParentWatch> parent_watch_;

  // `message_` is the one request while that may have to be sent again, and the one reply once it has come.
  Outbox outbox_;  // of a call with many requests
  std::unique_ptr<Incoming> incoming_;
  std::optional<Buffer> slot_;  // the message handed out, of a call with many replies
  Status status_;

  std::array<codegen::OpWaiter*, codegen::kOpSteps> waiters_{};
  std::uint8_t completed_ = 0;  // steps whose waiters are to be told
  std::uint8_t repeats_ = 0;
  WriteResult write_result_ = WriteResult::call_ended;
  WriteResult close_result_ = WriteResult::call_ended;
  bool has_reply_ = false;     // the one reply is there
  bool end_sent_ = false;      // END_STREAM is with the engine
  bool room_ = true;           // the engine takes more
  bool reading_ = false;       // a read waits for a message
  bool dropping_ = false;      // nobody wants further messages
  bool status_given_ = false;  // the application knows the status
};

}  // namespace farcall::client

#pragma once

#include "base/intrusive_list.hpp"
#include "base/timer_wheel.hpp"
#include "http/header_map.hpp"
#include "http2/event.hpp"
#include "protocol/grpc_server.hpp"
#include "rpc/envelope.hpp"
#include "rpc/message_view.hpp"
#include "rpc/pieces.hpp"
#include "server/assembly_budget.hpp"
#include "server/handler_run.hpp"
#include "server/request_arena.hpp"
#include "server/request_reader.hpp"
#include "server/router.hpp"

#include <farcall/buffer.hpp>
#include <farcall/codegen/server_call.hpp>
#include <farcall/metadata.hpp>
#include <farcall/pool.hpp>
#include <farcall/server_context.hpp>
#include <farcall/status.hpp>
#include <farcall/task.hpp>

#include <atomic>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>

namespace farcall::server {

class BlockingPort;
class Session;
class Shard;

/// One call, from its headers to the end of its handler; then it is reset and used for another one.
///
///     free ──begin──▶ receiving ──request complete──▶ running ──handler returned or unwound──▶ free
///                        │    ╲                          ▲
///                        │     ╲ no free handler         │
///                        │      ╲──▶ queued ─────────────╯
///                        ╰── over before a handler began ──▶ free
///
/// A method whose client streams is never `receiving`. What the peer sees is a second matter, `on_wire_`:
/// once the end of the response is sent or the stream is gone, the handler may go on without the peer (a
/// zombie) until it can be unwound, and what it sends goes nowhere.
class Call final : public codegen::ServerCall,
                   public ServerContext,
                   private base::ListNode,  // the session's queue, or its zombies
                   private codegen::PoolTask {
 public:
  explicit Call(Shard& shard);
  ~Call();

  // For the session.
  /// Takes the headers over. False if they did not make a call: they were answered, and the call is free
  /// again.
  [[nodiscard]] bool begin(Session& session, http2::event::Headers& event);
  /// Begins the handler, or gets in line for one, if nothing of the request is missing. `data`: all of its
  /// payload, where that came with the headers.
  void begin_handler_if_ready(base::ByteView data);
  void on_data(const http2::event::Data& data);
  void on_request_end();
  void on_writable();
  /// The stream is gone: the peer has reset it, or the connection is lost.
  void on_stream_lost();
  /// Ends the call from the server's side, whatever the client and the handler do: the status goes first, for
  /// clients that would take a bare RST_STREAM(CANCEL) for somebody's cancellation, unless replies are in its
  /// way; then the stream is reset, if the client has not ended it, and the handler is cancelled.
  void give_up(const Status& status);
  /// Its turn has come.
  void start_from_queue();
  void lose_session() { session_ = nullptr; }
  [[nodiscard]] http2::StreamKey stream() const { return stream_; }
  using base::ListNode::unlink;

  // For the shard.
  void unwind_now();
  /// The shard is to live until the handler has ended.
  void keep(std::shared_ptr<Shard> shard) { keep_ = std::move(shard); }
  [[nodiscard]] const std::shared_ptr<Shard>& kept_shard() const { return keep_; }

  // For the handler's run.
  /// The one request of a method whose client does not stream. Valid until it was parsed.
  [[nodiscard]] const rpc::MessageView& request() const { return request_view_; }

  // ServerCall.
  [[nodiscard]] codegen::ReadOutcome read(std::span<const std::byte>& message) override;
  void await_read(codegen::ReadWaiter& waiter) override;
  void forget_reader() noexcept override;
  void fail(const Status& status) override;
  [[nodiscard]] bool write(Buffer reply) override;
  [[nodiscard]] bool write(std::span<const std::byte> reply) override;
  void await_write(codegen::WriteWaiter& waiter) override;
  void forget_writer() noexcept override { writing_ = nullptr; }
  void send_initial_metadata() override;
  [[nodiscard]] std::byte* place_reply(std::size_t size) override;
  void finish(Buffer reply) override;
  void finish(Status status) override;
  [[nodiscard]] bool runs_blocking_inline() const override;
  void run_on_pool(codegen::PoolWork& work) override;
  [[nodiscard]] bool cancelled() const override { return cancelled_.load(std::memory_order_relaxed); }
  [[nodiscard]] codegen::ReadOutcome blocking_read(Buffer& message) override;
  [[nodiscard]] bool blocking_write(Buffer reply) override;
  [[nodiscard]] bool blocking_send_initial_metadata() override;
  void blocking_fail(Status status) override;
  // For the port, when what a blocking handler sends has reached the loop.
  /// False if there is no room for more.
  [[nodiscard]] bool queue_blocking_reply(Buffer reply);
  void flush_headers();

  // ServerContext.
  [[nodiscard]] const Metadata& metadata() override;
  [[nodiscard]] std::optional<std::chrono::steady_clock::time_point> deadline() const override;
  [[nodiscard]] std::string_view peer() const override { return peer_; }
  [[nodiscard]] std::string_view method() const override { return head_->path; }
  [[nodiscard]] std::string_view authority() const override { return head_->authority; }
  [[nodiscard]] std::shared_ptr<const Codec> codec() const override;
  [[nodiscard]] std::stop_token stop_token() override;
  void on_cancelled(std::function<void()> callback) override;
  void add_initial_metadata(std::string_view name, std::string_view value) override;
  void add_trailing_metadata(std::string_view name, std::string_view value) override;

 private:
  template <class T>
  friend class base::IntrusiveList;

  enum class Stage : std::uint8_t { free, receiving, queued, running };

  /// What the handler's coroutines run under; made anew for each call.
  class Scope final : public TaskScope {
   public:
    explicit Scope(Call& call);

   private:
    std::coroutine_handle<> finished() override {
      call_.on_handler_finished();
      return std::noop_coroutine();
    }
    void unwind() override;

    Call& call_;
  };

  /// The incomplete message that the handler, or the call before its handler runs, waits for or has waited
  /// for.
  class Incoming final : public Assembly {
   public:
    explicit Incoming(Call& call) : call_(call) {}

   private:
    void on_room() override { call_.release(call_.owed_); }
    void on_stalled() override { call_.give_up_request(); }

    Call& call_;
  };

  /// While one exists the call is not reused, whatever ends in between.
  class InUse {
   public:
    explicit InUse(Call& call) : call_(call) { ++call_.in_use_; }
    InUse(const InUse&) = delete;
    InUse& operator=(const InUse&) = delete;
    ~InUse() {
      if (--call_.in_use_ == 0 && call_.stage_ == Stage::free) call_.give_back();
    }

   private:
    Call& call_;
  };

  /// Unwinds a handler that could not begin, whatever else goes wrong.
  class Unwinding {
   public:
    explicit Unwinding(Call& call) : call_(call) {}
    Unwinding(const Unwinding&) = delete;
    Unwinding& operator=(const Unwinding&) = delete;
    ~Unwinding() { call_.unwind_now(); }

   private:
    Call& call_;
  };

  // Life (call.cpp).
  [[nodiscard]] bool single_request() const { return !streams_requests(route_->method->kind); }
  void refuse(std::string_view content_type, const Status& status);
  void start();
  void start_or_queue();
  void on_handler_finished();
  void log_failure(std::exception_ptr failure);
  void on_deadline(base::TimePoint now);
  void cancel_handler();
  /// The handler, if there was one, is gone: the call is free.
  void end();
  void give_back();
  void clear();

  // Requests (call_requests.cpp).
  void receive_whole(base::ByteView data);
  void receive_request();
  [[nodiscard]] codegen::ReadOutcome next_request(std::span<const std::byte>& message);
  void deliver();
  void ask_for_more();
  void release(std::size_t bytes);
  void give_up_request();
  void drop_request();

  // Replies (call_replies.cpp).
  [[nodiscard]] bool is_plain() const;
  /// False if they do not fit; the call has failed then.
  [[nodiscard]] bool send_headers() { return headers_sent_ || send_headers_now(); }
  [[nodiscard]] bool send_headers_now();
  [[nodiscard]] bool begin_write();
  [[nodiscard]] bool queue_reply(Buffer reply);
  void send_status(const Status& status);
  void leave_wire();

  // Blocking handlers (call_blocking.cpp).
  void execute() noexcept override;

  Shard& shard_;
  Session* session_ = nullptr;
  http2::StreamKey stream_;
  const Route* route_ = nullptr;

  http::HeaderMap headers_;
  /// What they say: kept with their content, or in `own_head_`.
  const RequestSummary* head_ = &own_head_;
  RequestSummary own_head_;
  /// Of the session; a zombie, which may outlive it, shares the ownership.
  std::string_view peer_;
  std::shared_ptr<const std::string> peer_owner_;
  base::TimePoint deadline_ = base::kNever;
  base::TimerOf<Call, &Call::on_deadline> timer_{*this};

  rpc::MessageReader reader_;
  Incoming incoming_{*this};
  /// The one request of a method that has one, while it waits for its handler; `request_view_` from
  /// then until it has been parsed.
  rpc::Pieces request_;
  rpc::MessageView request_view_;
  /// Received, and not yet given back to the stream's window.
  std::size_t owed_ = 0;

  /// Made for the first call that wants it; lives longer than the handler, which may refer to it.
  std::unique_ptr<RequestArena> request_arena_;
  std::optional<Scope> scope_;
  std::unique_ptr<HandlerRun> run_;
  codegen::ReadWaiter* reading_ = nullptr;
  codegen::WriteWaiter* writing_ = nullptr;
  codegen::PoolWork* work_ = nullptr;
  std::unique_ptr<BlockingPort> port_;

  Metadata initial_;
  Metadata trailing_;
  std::optional<Metadata> received_;
  /// For the two below, which a blocking handler shares with the loop.
  std::mutex cancel_mutex_;
  std::stop_source stop_{std::nostopstate};
  std::function<void()> on_cancelled_;
  std::atomic<bool> cancelled_{false};

  std::shared_ptr<Shard> keep_;
  std::uint32_t in_use_ = 0;
  Stage stage_ = Stage::free;
  bool unwind_due_ = false;
  bool on_wire_ = false;
  bool request_ended_ = false;
  bool has_request_ = false;
  bool headers_sent_ = false;
  /// The handler has sent, or is sending, something: too late for initial metadata. Its own flag, as a
  /// blocking handler is ahead of the loop.
  bool initial_closed_ = false;
};

}  // namespace farcall::server

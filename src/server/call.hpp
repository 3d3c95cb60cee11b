#pragma once

#include "base/intrusive_list.hpp"
#include "http/header_map.hpp"
#include "http2/event.hpp"
#include "net/pool_trips.hpp"
#include "protocol/grpc_server.hpp"
#include "rpc/envelope.hpp"
#include "rpc/message_view.hpp"
#include "server/call_extras.hpp"
#include "server/handler_run.hpp"
#include "server/incoming.hpp"
#include "server/request_reader.hpp"
#include "server/router.hpp"

#include <farcall/buffer.hpp>
#include <farcall/codegen/server_call.hpp>
#include <farcall/metadata.hpp>
#include <farcall/server_context.hpp>
#include <farcall/status.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
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
///
/// There is one for every open stream, so it is small: what a call needs only now and then it takes from the
/// shard, and gives back.
class Call final : public codegen::ServerCall,
                   public ServerContext,
                   private base::ListNode {  // the session's queue, or its zombies
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

  // For what it has taken from the shard.
  void on_deadline();
  void on_room() { release(owed_); }
  void on_stalled();

  // For its run.
  [[nodiscard]] net::PoolTrips& pool_trips() const;
  void on_handler_finished();
  void unwind_later();

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
  // For the port of a blocking handler: when that has returned, on its thread; and when what it sends has
  // reached the loop.
  void forget_callback();
  /// False if there is no room for more.
  [[nodiscard]] bool queue_blocking_reply(Buffer reply);
  void flush_headers();

  // ServerContext.
  [[nodiscard]] const Metadata& metadata() override;
  [[nodiscard]] std::optional<std::chrono::steady_clock::time_point> deadline() const override;
  [[nodiscard]] std::string_view peer() const override;
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
  [[nodiscard]] bool read_headers(Session& session, http2::event::Headers& event);
  [[nodiscard]] bool single_request() const { return !streams_requests(head_->route->method->kind); }
  void refuse(std::string_view content_type, const Status& status);
  void start(const rpc::MessageView& request);
  void start_or_queue(const rpc::MessageView& request);
  void log_failure(std::exception_ptr failure);
  void cancel_handler();
  /// The handler, if there was one, is gone: the call is free.
  void end();
  void give_back();
  void clear();
  /// What few calls have; made when it is asked for.
  [[nodiscard]] CallExtras& extras() { return extras_ ? *extras_ : make_extras(); }
  [[nodiscard]] CallExtras& make_extras();

  // Requests (call_requests.cpp).
  [[nodiscard]] Incoming& incoming() { return incoming_ ? *incoming_ : make_incoming(); }
  [[nodiscard]] Incoming& make_incoming();
  void forget_incoming() noexcept;
  [[nodiscard]] bool assembly_under_way() const { return incoming_ && incoming_->under_way(); }
  void receive_whole(base::ByteView data);
  void receive_request();
  [[nodiscard]] codegen::ReadOutcome next_request(std::span<const std::byte>& message);
  void deliver();
  void ask_for_more();
  void release(std::size_t bytes);

  // Replies (call_replies.cpp).
  [[nodiscard]] bool is_plain() const;
  /// False if they do not fit; the call has failed then.
  [[nodiscard]] bool send_headers() { return headers_sent_ || send_headers_now(); }
  [[nodiscard]] bool send_headers_now();
  [[nodiscard]] bool begin_write();
  [[nodiscard]] bool queue_reply(Buffer reply);
  void send_status(const Status& status);
  void leave_wire();

  Shard& shard_;
  Session* session_ = nullptr;
  http2::StreamKey stream_;

  http::HeaderMap headers_;
  /// What they say: kept with their content, or in `extras_`.
  const RequestSummary* head_ = nullptr;
  std::unique_ptr<CallExtras> extras_;
  /// Null as long as the session has it, which a zombie and a blocking handler may not ask.
  std::shared_ptr<const std::string> peer_;
  /// Of a handler that was left behind.
  std::shared_ptr<Shard> keep_;

  /// Null while somebody waits for a request of which nothing has come, and when none has come at all.
  std::unique_ptr<Incoming> incoming_;
  /// Received, and not yet given back to the stream's window.
  std::size_t owed_ = 0;

  std::unique_ptr<HandlerRun> run_;
  codegen::ReadWaiter* reading_ = nullptr;
  codegen::WriteWaiter* writing_ = nullptr;
  std::unique_ptr<BlockingPort> port_;

  std::uint32_t in_use_ = 0;
  std::atomic<bool> cancelled_{false};
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

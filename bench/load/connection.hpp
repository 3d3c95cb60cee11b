#pragma once

#include "load/answer_headers.hpp"
#include "load/reply_reader.hpp"
#include "load/request.hpp"
#include "load/traffic.hpp"
#include "peers/floor/wire.hpp"
#include "program/output.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace bench::load {

/// One HTTP/2 connection with calls on it. The server is taken at its word about windows and concurrency;
/// whatever a call that goes well does not see ends the process.
class Connection {
 public:
  /// Connects. `epoll` tells of it from then on, with a pointer to this object.
  Connection(int epoll, const Options& options, Request& request);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  /// Reads what there is, at most once, and answers it; ended calls are followed by those that are due.
  void turn(Traffic& traffic);
  /// Begins calls that are due while there is room, at most so many.
  void fill(Traffic& traffic, Moment at, std::uint32_t most = UINT32_MAX);
  [[nodiscard]] bool has_room() const { return greeted_ && outstanding_ < limit_; }
  void flush();

  /// The server's SETTINGS have come.
  [[nodiscard]] bool greeted() const { return greeted_; }
  /// Opens a call without a message that stays open, or says that the server does not allow so many.
  void open_idle_stream();
  /// The server has seen all that was sent before `ask` when `answered` is true.
  void ask();
  [[nodiscard]] bool answered() const { return answered_; }

 private:
  struct Call {
    std::uint32_t stream = 0;  // 0: free
    bool answered = false;     // its response headers have come
    bool blocked = false;      // it waits for a window
    std::int64_t window = 0;   // what may be sent
    std::uint32_t unreturned = 0;
    long to_send = 0;      // messages that may be sent now
    long sent = 0;         // messages
    std::size_t part = 0;  // octets of the next message that are sent
    long received = 0;     // messages
    Moment due = 0;        // of the call, or of the round that is under way
    ReplyReader replies;
  };

  void begin(Moment due, std::uint64_t number);
  [[nodiscard]] Call& place_for(std::uint32_t stream) { return calls_[(stream >> 1) & mask_]; }
  [[nodiscard]] Call* find(std::uint32_t stream);
  [[nodiscard]] Call& open_call();
  void send(Call& call);
  void send_blocked();

  void on_frame(const floor_peer::Frame& frame, Traffic& traffic, Moment at);
  void on_data(const floor_peer::Frame& frame, Traffic& traffic, Moment at);
  void on_headers(const floor_peer::Frame& frame, Traffic& traffic, Moment at);
  void on_block(std::uint32_t stream, std::uint8_t flags, std::span<const std::uint8_t> block,
                Traffic& traffic, Moment at);
  [[noreturn]] void on_goodbye(const floor_peer::Frame& frame);
  void on_settings(const floor_peer::Frame& frame);
  void on_window_update(const floor_peer::Frame& frame);
  void end(Call& call, Traffic& traffic, Moment at);

  Request& request_;
  int epoll_;
  int descriptor_;
  std::vector<Call> calls_;  // the call of stream N at N / 2 modulo the size
  std::uint32_t mask_;
  std::uint32_t stream_ = 1;  // the next
  std::uint32_t outstanding_ = 0;
  std::uint32_t limit_;
  std::vector<std::uint32_t> blocked_;  // streams, the longest waiting first
  std::int64_t window_ = floor_peer::kInitialWindow;
  std::int64_t stream_window_ = floor_peer::kInitialWindow;
  std::uint32_t unreturned_ = 0;
  AnswerHeaders answers_;
  std::string rest_;   // of a frame that is not there as a whole
  std::string block_;  // of a header block that goes on in CONTINUATION
  std::uint8_t block_flags_ = 0;
  Output output_;
  bool writable_ = true;
  bool greeted_ = false;
  bool answered_ = false;
};

}  // namespace bench::load

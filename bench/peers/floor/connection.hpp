#pragma once

#include "program/output.hpp"
#include "program/workload.hpp"
#include "wire.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace floor_peer {

/// A client of the floor server, and what is on its way from it and to it.
class Connection {
 public:
  Connection(int epoll, int descriptor, bench::Workload workload);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  /// One read, all frames, one write. False when the client has gone.
  [[nodiscard]] bool turn();

 private:
  /// A call that is not over within one frame.
  struct Stream {
    std::string request;           // a message that is not there as a whole
    std::string reply;             // one message, behind its prefix
    std::size_t part = 0;          // octets of it that are sent
    std::uint32_t replies = 0;     // how often it is still to be sent
    std::uint32_t total = 0;       // of the numbers so far
    std::uint32_t unreturned = 0;  // of the client's window
    std::int64_t window = 0;       // ours
    bool answered = false;         // the response headers are sent
    bool complete = false;         // the client has sent all
    bool blocked = false;          // it waits for a window
  };

  [[nodiscard]] bool flush();
  void on_frame(const Frame& frame);
  void on_settings(const Frame& frame);
  void on_window_update(const Frame& frame);
  void on_data(const Frame& frame);
  [[nodiscard]] bool answer_at_once(const Frame& frame);
  void take_messages(Stream& stream, std::uint32_t id, std::span<const std::uint8_t> data);
  void on_message(Stream& stream, std::span<const std::uint8_t> prefixed);
  /// What can be sent, and the status when that was all.
  void send(Stream& stream, std::uint32_t id);
  /// As much as the windows allow.
  void send_replies(Stream& stream, std::uint32_t id);
  void send_blocked();
  [[nodiscard]] Stream& find_or_add(std::uint32_t id);
  [[nodiscard]] bool is_echo() const {
    return workload_ == bench::Workload::echo || workload_ == bench::Workload::complex;
  }
  void put_headers(std::uint32_t stream);
  void put_trailers(std::uint32_t stream);

  int epoll_;
  int descriptor_;
  bench::Workload workload_;
  bool greeted_ = false;
  bool writable_ = true;
  bool headers_indexed_ = false;
  bool status_indexed_ = false;
  std::string rest_;  // of a frame that is not there as a whole
  std::uint32_t unreturned_ = 0;
  std::int64_t window_ = kInitialWindow;
  std::int64_t stream_window_ = kInitialWindow;
  std::unordered_map<std::uint32_t, Stream> streams_;
  std::vector<std::uint32_t> blocked_;
  std::vector<std::string> leaving_;  // what the output refers to
  std::string reply_;
  bench::Output output_;
};

}  // namespace floor_peer

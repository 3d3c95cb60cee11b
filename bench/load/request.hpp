#pragma once

#include "load/options.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bench::load {

/// What every call of a workload sends, and what must come back.
class Request {
 public:
  explicit Request(const Options& options);

  /// The header block of a connection's first call, which puts everything that repeats into the server's
  /// table, and of all that follow it. `call` is its number.
  [[nodiscard]] std::string_view first_headers(std::uint64_t call) { return with_number(first_, call); }
  [[nodiscard]] std::string_view next_headers(std::uint64_t call) { return with_number(next_, call); }

  /// One message, behind its prefix, and how often it is sent.
  [[nodiscard]] std::string_view message() const { return message_; }
  [[nodiscard]] long messages() const { return messages_; }
  /// Each message but the first waits for the reply to the one before.
  [[nodiscard]] bool waits_for_replies() const { return workload_ == Workload::echo_sum; }

  [[nodiscard]] long replies() const { return replies_; }
  /// Ends the process when it is not the message that must come back. `rest` is what was kept of it: all of a
  /// short one, or its last bytes.
  void check_reply(std::size_t size, std::span<const std::uint8_t> rest) const;

  /// How many messages are counted for a call.
  [[nodiscard]] long counted() const { return std::max(messages_, replies_); }

 private:
  struct Block {
    std::string bytes;
    std::vector<std::size_t> numbers;  // where the call's number stands
  };
  void make_messages(const Options& options);
  void make_headers(const Options& options);
  static std::string_view with_number(Block& block, std::uint64_t call);

  Workload workload_;
  Block first_;
  Block next_;
  std::string message_;
  long messages_ = 1;
  long replies_ = 1;
  std::string reply_;           // exactly this
  std::size_t reply_size_ = 0;  // or, if that is empty, so many bytes
};

}  // namespace bench::load

#pragma once

#include <farcall/buffer.hpp>

#include <cstddef>
#include <utility>
#include <vector>

namespace farcall::client {

/// The messages that a call sends. What was sent is kept as a copy until the call is committed, so that an
/// attempt which the server provably did not see can be repeated (transparent retry, gRFC A6).
class Outbox {
 public:
  /// More than this of one call is not kept: the call is then committed to its attempt.
  static constexpr std::size_t kMostKept = 256 * 1024;

  /// Behind what is there already. Not after `close`.
  void push(Buffer message) { messages_.push_back(std::move(message)); }
  /// No more will follow.
  void close() { closed_ = true; }
  [[nodiscard]] bool closed() const { return closed_; }
  [[nodiscard]] bool has_next() const { return next_ < messages_.size(); }
  /// The next message to send; only if there is one.
  [[nodiscard]] Buffer take_next();

  /// The server has the call: nothing will be repeated.
  void commit();
  /// Whether `rewind` is possible.
  [[nodiscard]] bool committed() const { return committed_; }
  /// A new attempt: everything is sent again, from the first message.
  void rewind() { next_ = sent_bytes_ = 0; }

 private:
  /// All messages; once committed only those not sent.
  std::vector<Buffer> messages_;
  std::size_t next_ = 0;
  std::size_t sent_bytes_ = 0;
  bool committed_ = false;
  bool closed_ = false;
};

}  // namespace farcall::client

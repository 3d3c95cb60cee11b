#pragma once

#include "base/time.hpp"
#include "http2/connection.hpp"
#include "testing/fragmenter.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <string>

namespace farcall::testing {

enum class Side : std::uint8_t { client, server };

/// A client and a server engine, a network between them and a clock, all virtual and all moved by `step`.
/// What happens depends on the seed alone: how much is written and read at once, and whose turn it is.
///
///     while (auto side = pair.step()) {
///       while (auto event = pair.engine(*side).poll_event()) ...   // before the next step
///     }
///
/// Call the engines' mutators at any time between two steps.
class Pair {
 public:
  Pair(const http2::Config& client, const http2::Config& server, std::uint64_t seed);

  [[nodiscard]] http2::Connection& engine(Side side) { return side == Side::client ? client_ : server_; }
  [[nodiscard]] http2::Connection& client() { return client_; }
  [[nodiscard]] http2::Connection& server() { return server_; }
  [[nodiscard]] base::TimePoint now() const { return now_; }

  /// Hands one portion of bytes to one side, and returns which: its events must be polled before the next
  /// step. Null when nothing is on the way and nobody has anything to send (or to read).
  std::optional<Side> step();
  /// Moves the clock, up to the next deadline if there is one before. Events of both sides may be waiting
  /// then.
  void advance(base::Duration duration);
  /// Bytes that the side has put on the wire since this was asked last.
  [[nodiscard]] std::string take_wire(Side from);

 private:
  /// What one side has written and the other has not read, as much as sockets hold.
  struct Pipe {
    std::string bytes;
    std::size_t read = 0;
    std::string log;
    [[nodiscard]] std::size_t available() const { return bytes.size() - read; }
  };
  static constexpr std::size_t kPipeCapacity = 128 * 1024;

  Pipe& from(Side side) { return side == Side::client ? to_server_ : to_client_; }
  void write(Side side);
  bool read(Side side);

  base::TimePoint now_;
  http2::Connection client_;
  http2::Connection server_;
  Pipe to_server_;
  Pipe to_client_;
  Fragmenter writes_;
  Fragmenter reads_;
  std::mt19937_64 turns_;
  /// Portions handed over, until they are freed: a view into one that is kept too long is then seen by a
  /// sanitizer.
  std::string portion_;
};

}  // namespace farcall::testing

#pragma once

#include "http2/core.hpp"

namespace farcall::http2 {

/// What happens because time passes.
class Timekeeper {
 public:
  explicit Timekeeper(Core& core) : core_(core) {}

  /// Input has come, at `now`: dates what mutators began.
  void observe(base::TimePoint now);
  void on_deadline(base::TimePoint now);
  /// After on_deadline. True once for each time that the connection falls silent.
  [[nodiscard]] bool is_time_to_rest();
  [[nodiscard]] base::TimePoint next_deadline() const;

 private:
  void check_handshake();
  void check_keepalive();
  void check_end_of_life();
  void check_streams();

  Core& core_;
};

}  // namespace farcall::http2

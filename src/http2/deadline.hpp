#pragma once

#include "base/time.hpp"

#include <algorithm>

namespace farcall::http2 {

/// A deadline that is set, perhaps by somebody who does not know the time, and met or called off.
class Deadline {
 public:
  explicit Deadline(base::Duration wait) : wait_(wait) {}

  /// From the next input on; nothing changes if it runs already.
  void start() {
    if (wait_ != base::Duration::max() && at_ == base::kNever) undated_ = true;
  }
  void start(base::TimePoint now) {
    if (wait_ != base::Duration::max()) at_ = now + wait_;
  }
  void stop() {
    undated_ = false;
    at_ = base::kNever;
  }
  void date(base::TimePoint now) {
    if (!undated_) return;
    undated_ = false;
    at_ = now + wait_;
  }
  [[nodiscard]] bool undated() const { return undated_; }
  [[nodiscard]] base::TimePoint at() const { return at_; }
  /// True once, when the time has come.
  [[nodiscard]] bool pass(base::TimePoint now) {
    if (now < at_) return false;
    stop();
    return true;
  }

 private:
  base::Duration wait_;
  base::TimePoint at_ = base::kNever;
  bool undated_ = false;
};

}  // namespace farcall::http2

#pragma once

#include <memory>
#include <stop_token>

namespace farcall::client {

class Call;

/// Tells a call, while it is under way, that the call which it was made for has been cancelled. That may
/// happen on any thread, at any moment.
///
/// Made and let go on the call's loop. The stop_callback stays registered until this is destroyed, together
/// with the call, on whichever thread lets go of that last; what it does then, or at the same time, is
/// nothing, and it holds no lock that anybody waits for.
class ParentWatch {
 public:
  /// If the parent has been cancelled already the call is told before this returns.
  ParentWatch(std::stop_token parent, Call& call);
  ParentWatch(const ParentWatch&) = delete;
  ParentWatch& operator=(const ParentWatch&) = delete;

  /// The call has ended.
  void let_go();

 private:
  class Line;
  struct Pull {
    std::shared_ptr<Line> line;
    void operator()() const;
  };

  std::shared_ptr<Line> line_;
  std::stop_callback<Pull> callback_;
};

}  // namespace farcall::client

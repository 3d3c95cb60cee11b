#pragma once

// Waiting for a descriptor through Asio. Included by .cpp files only.

#include "net/asio_loop.hpp"
#include "net/descriptor.hpp"
#include "net/lifeline.hpp"

#include <asio/posix/basic_stream_descriptor.hpp>
#include <asio/posix/descriptor_base.hpp>

#include <utility>

namespace farcall::net {

/// A descriptor registered with a loop's reactor. Destroying it closes the descriptor.
class AsioDescriptor {
 public:
  explicit AsioDescriptor(Loop& loop) : loop_(loop), descriptor_(LoopAccess::io(loop)) {}

  /// Takes `descriptor` over; it is closed when the reactor refuses it (out of memory).
  [[nodiscard]] asio::error_code assign(Descriptor descriptor) {
    asio::error_code error;
    descriptor_.assign(descriptor.get(), error);
    if (!error) static_cast<void>(descriptor.release());
    return error;
  }

  [[nodiscard]] Loop& loop() const { return loop_; }
  [[nodiscard]] bool is_open() const { return descriptor_.is_open(); }
  [[nodiscard]] int native() { return descriptor_.native_handle(); }

  void close() {
    asio::error_code ignored;
    descriptor_.close(ignored);
  }

  /// Calls `(target->*kReady)()` in a turn of the loop when the wait is over, unless the line was cut by
  /// then.
  template <auto kReady, class Target>
  void wait(asio::posix::descriptor_base::wait_type kind, const Lifeline<Target>& line) {
    descriptor_.async_wait(kind, Ready<kReady, Target>{Turns(loop_), line.end()});
  }

 private:
  template <auto kReady, class Target>
  struct Ready {
    Turns turns;
    typename Lifeline<Target>::End end;
    void operator()(const asio::error_code&) {
      // The outcome does not matter: what has failed fails again when it is used, and says why.
      turns.take_for(end, [](Target& target) { (target.*kReady)(); });
    }
  };

  Loop& loop_;
  asio::posix::basic_stream_descriptor<asio::io_context::executor_type> descriptor_;
};

}  // namespace farcall::net

#include "net/signal_watcher.hpp"

#include "net/asio_loop.hpp"
#include "net/lifeline.hpp"

#include <asio/basic_signal_set.hpp>

namespace farcall::net {

class SignalWatcher::Watch {
 public:
  Watch(Loop& loop, std::initializer_list<int> signals, SignalObserver& observer)
      : loop_(loop), observer_(observer), set_(LoopAccess::io(loop)) {
    for (const int signal : signals) set_.add(signal);
    wait();
  }

 private:
  void wait() {
    set_.async_wait(
        [turns = Turns(loop_), end = line_.end()](const asio::error_code& error, int signal) mutable {
          turns.take_for(end, [&](Watch& self) {
            if (!error) self.on_signal(signal);
          });
        });
  }

  void on_signal(int signal) {
    wait();
    observer_.on_signal(signal);
  }

  Loop& loop_;
  SignalObserver& observer_;
  asio::basic_signal_set<asio::io_context::executor_type> set_;
  Lifeline<Watch> line_{*this};
};

SignalWatcher::SignalWatcher(Loop& loop, std::initializer_list<int> signals, SignalObserver& observer)
    : watch_(std::make_unique<Watch>(loop, signals, observer)) {}

SignalWatcher::~SignalWatcher() = default;

}  // namespace farcall::net

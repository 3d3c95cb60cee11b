#include "net/signal_watcher.hpp"

#include "loop_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <memory>
#include <vector>

namespace farcall::net {
namespace {

using testing::ElementsAre;

struct Signals final : SignalObserver {
  void on_signal(int signal) override { got.push_back(signal); }
  std::vector<int> got;
};

TEST(SignalWatcher, TellsOfEachSignalOnItsLoop) {
  Loop loop;
  Signals signals;
  SignalWatcher watcher(loop, {SIGUSR1, SIGUSR2}, signals);
  ::raise(SIGUSR1);
  run_until(loop, [&] { return signals.got.size() == 1; });
  ::raise(SIGUSR2);
  run_until(loop, [&] { return signals.got.size() == 2; });
  ::raise(SIGUSR1);
  run_until(loop, [&] { return signals.got.size() == 3; });
  EXPECT_THAT(signals.got, ElementsAre(SIGUSR1, SIGUSR2, SIGUSR1));
}

TEST(SignalWatcher, LeavesTheDefaultDispositionBehind) {
  Loop loop;
  Signals signals;
  { const SignalWatcher watcher(loop, {SIGUSR1}, signals); }
  struct sigaction after {};
  ASSERT_EQ(::sigaction(SIGUSR1, nullptr, &after), 0);
  EXPECT_EQ(after.sa_handler, SIG_DFL);
}

TEST(SignalWatcher, MayBeDestroyedByWhoHearsOfASignal) {
  struct Once final : SignalObserver {
    void on_signal(int) override { watcher.reset(); }
    std::unique_ptr<SignalWatcher> watcher;
  };
  Loop loop;
  Once once;
  once.watcher = std::make_unique<SignalWatcher>(loop, std::initializer_list<int>{SIGUSR1}, once);
  ::raise(SIGUSR1);
  run_until(loop, [&] { return once.watcher == nullptr; });
}

}  // namespace
}  // namespace farcall::net

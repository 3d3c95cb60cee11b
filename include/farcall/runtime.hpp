#pragma once

#include <farcall/log.hpp>
#include <farcall/task.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <stop_token>
#include <utility>

namespace farcall {

namespace net {
class LoopGroup;
}

/// An io_context of the user's for a Runtime to live on: what `adopt` of <farcall/asio.hpp> makes.
class AdoptedContext {
 public:
  /// For `adopt`.
  AdoptedContext(std::shared_ptr<net::LoopGroup> group, LogSink log)
      : group_(std::move(group)), log_(std::move(log)) {}

 private:
  friend class Runtime;
  std::shared_ptr<net::LoopGroup> group_;
  LogSink log_;
};

/// What a Runtime is made with.
struct RuntimeOptions {
  RuntimeOptions() = default;
  /// Event loops, one thread each; 0: one for every processor that the process may use.
  std::size_t loops = 0;
  /// Where farcall reports what no call can be told; the default writes warnings and errors to stderr.
  LogSink log = log_to_stderr;
};

/// The event loops that servers and channels run on, and coroutines of one's own.
///
/// It owns its threads, all of them, and nothing of it is global: two runtimes do not know of each other. It
/// must outlive every Server and Channel made on it. While a host name is being resolved, the loop that needs
/// it has one more thread, for getaddrinfo.
class Runtime {
 public:
  /// Throws std::system_error when a thread cannot be started.
  explicit Runtime(RuntimeOptions options = RuntimeOptions());
  /// One loop and no thread: it lives on an io_context that the user runs, as <farcall/asio.hpp> says.
  explicit Runtime(AdoptedContext context);
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;
  /// Stops the loops and joins their threads; not from one of these. Spawned tasks that wait for something of
  /// farcall's are destroyed where they wait; one that waits for a function in a Pool (see `on`) is waited
  /// for. Asio operations (`use_task`) are cancelled, and their tasks destroyed when they end within some
  /// turns. One that waits for a foreign operation that does not is abandoned, which the log says: its
  /// coroutine is never resumed, and its memory is not freed. On an adopted io_context see `adopt`.
  ~Runtime();

  [[nodiscard]] std::size_t loops() const;

  /// Runs `task` on a loop, blocks the calling thread until it has finished, and returns what it computed or
  /// throws what it threw. Refuses with std::logic_error on a loop's thread, which it would block for ever.
  /// Any other thread.
  template <class T>
  T block_on(Task<T> task) {
    std::optional<T> value;
    run_to_end(keep(std::move(task), value));
    return std::move(*value);
  }
  void block_on(Task<void> task) { run_to_end(std::move(task)); }

  /// Runs `task` on one of the loops, each in turn; nobody waits for it. What it throws is logged as an
  /// error. Any thread.
  void spawn(Task<void> task);
  /// The same, and the task is cancelled when `stop` is requested, on whatever thread: it is destroyed where
  /// it waits.
  void spawn(Task<void> task, std::stop_token stop);

  /// For servers and channels; src/net/loop_group.hpp.
  [[nodiscard]] net::LoopGroup& group();
  [[nodiscard]] const LogSink& log() const;

 private:
  template <class T>
  static Task<void> keep(Task<T> task, std::optional<T>& value) {
    value.emplace(co_await std::move(task));
  }
  void run_to_end(Task<void> task);
  [[nodiscard]] bool cancel_all();

  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace farcall

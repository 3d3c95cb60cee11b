#include "net/loop_group.hpp"

#include <farcall/runtime.hpp>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <iterator>
#include <latch>
#include <list>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

namespace farcall {
namespace {

class Home;

/// A thread that waits in block_on.
class Caller {
 public:
  void wait() {
    std::unique_lock lock(mutex_);
    over_.wait(lock, [this] { return is_over_; });
    if (thrown_) std::rethrow_exception(std::exchange(thrown_, nullptr));
  }

 private:
  friend class Completion;
  std::mutex mutex_;
  std::condition_variable over_;
  bool is_over_ = false;
  std::exception_ptr thrown_;
};

/// Tells a caller, once, that its task has ended; if by nothing else then by its own end.
class Completion {
 public:
  Completion() = default;
  explicit Completion(Caller& caller) : caller_(&caller) {}
  Completion(Completion&& other) noexcept : caller_(std::exchange(other.caller_, nullptr)) {}
  Completion& operator=(Completion&&) = delete;
  ~Completion() {
    if (caller_ != nullptr)
      tell(std::make_exception_ptr(std::runtime_error("the runtime ended before the task did")));
  }

  /// False for a spawned task, whose end nobody waits for.
  [[nodiscard]] explicit operator bool() const { return caller_ != nullptr; }

  /// Moved all the way, so that the caller's thread is the one that lets go of the exception last.
  void tell(std::exception_ptr&& thrown) {
    Caller& caller = *std::exchange(caller_, nullptr);
    // Under the lock until the end: the caller may be gone the moment it is released.
    const std::lock_guard lock(caller.mutex_);
    caller.thrown_ = std::move(thrown);
    caller.is_over_ = true;
    caller.over_.notify_one();
  }

 private:
  Caller* caller_ = nullptr;
};

/// A task that nothing awaits: the root of its tree.
class Root final : public TaskScope {
 public:
  Root(Home& home, Task<void> task, Completion completion)
      : home_(home), task_(std::move(task)), completion_(std::move(completion)) {}

  void start(std::list<Root>::iterator place) {
    place_ = place;
    task_.start(*this);
  }
  /// Gives up the coroutine, which a foreign operation may still refer to, without destroying it.
  void abandon() { static_cast<void>(std::make_unique<Task<void>>(std::move(task_)).release()); }

 private:
  friend class Home;
  std::coroutine_handle<> finished() override;
  void unwind() override;

  Home& home_;
  std::list<Root>::iterator place_;
  Task<void> task_;
  Completion completion_;
};

/// The root tasks on one loop. Its thread.
class Home {
 public:
  explicit Home(net::Loop& loop) : loop_(loop) {}

  [[nodiscard]] net::Loop& loop() { return loop_; }

  void start(Task<void> task, Completion completion) {
    roots_.emplace_back(*this, std::move(task), std::move(completion));
    roots_.back().start(std::prev(roots_.end()));
  }
  void erase(Root& root) { roots_.erase(root.place_); }

  /// Destroys what is parked, and asks the rest to end.
  void cancel_all() {
    for (auto root = roots_.begin(); root != roots_.end();) {
      const auto next = std::next(root);
      if (root->parked()) {
        roots_.erase(root);
      } else {
        root->cancel();
      }
      root = next;
    }
  }
  /// After the loop has ended: how many had to be left behind.
  std::size_t abandon_all() {
    roots_.remove_if([](const Root& root) { return root.parked(); });
    for (Root& root : roots_) root.abandon();
    return roots_.size();
  }

 private:
  net::Loop& loop_;
  std::list<Root> roots_;
};

std::coroutine_handle<> Root::finished() {
  std::exception_ptr thrown;
  try {
    task_.take();
  } catch (...) {
    thrown = std::current_exception();
  }
  Home& home = home_;
  Completion completion = std::move(completion_);
  // The coroutine goes first: what it refers to may die as soon as block_on returns.
  home.erase(*this);
  if (completion) {
    completion.tell(std::move(thrown));
  } else if (thrown) {
    try {
      std::rethrow_exception(thrown);
    } catch (const std::exception& error) {
      home.loop().log(LogLevel::error, std::string("a spawned task has thrown: ") + error.what());
    } catch (...) {
      home.loop().log(LogLevel::error, "a spawned task has thrown something that is no std::exception");
    }
  }
  return std::noop_coroutine();
}

void Root::unwind() {
  home_.loop().post([this] { home_.erase(*this); });
}

net::LoopOptions loop_options(const LogSink& log) {
  net::LoopOptions options;
  options.log = log;
  return options;
}

}  // namespace

struct Runtime::State {
  explicit State(RuntimeOptions options)
      : log(std::move(options.log)), group(options.loops, loop_options(log)) {
    for (std::size_t i = 0; i < group.size(); ++i) homes.emplace_back(group.at(i));
  }

  Home& next_home() { return homes[next.fetch_add(1, std::memory_order_relaxed) % homes.size()]; }

  LogSink log;
  net::LoopGroup group;
  std::deque<Home> homes;
  std::atomic<std::size_t> next{0};
};

Runtime::Runtime(RuntimeOptions options) : state_(std::make_unique<State>(std::move(options))) {}

Runtime::~Runtime() {
  std::latch asked(static_cast<std::ptrdiff_t>(state_->homes.size()));
  for (Home& home : state_->homes) {
    home.loop().post([&home, &asked] {
      home.cancel_all();
      asked.count_down();
    });
  }
  asked.wait();
  state_->group.stop();
  std::size_t left = 0;
  for (Home& home : state_->homes) left += home.abandon_all();
  if (left > 0 && state_->log) {
    state_->log(LogLevel::warning,
                "the runtime has ended while " + std::to_string(left) +
                    " tasks waited for operations that are not farcall's; they were abandoned");
  }
}

std::size_t Runtime::loops() const {
  return state_->group.size();
}

net::LoopGroup& Runtime::group() {
  return state_->group;
}

const LogSink& Runtime::log() const {
  return state_->log;
}

void Runtime::spawn(Task<void> task) {
  Home& home = state_->next_home();
  home.loop().post([&home, task = std::move(task)]() mutable { home.start(std::move(task), Completion()); });
}

void Runtime::run_to_end(Task<void> task) {
  if (net::Loop::current() != nullptr) {
    throw std::logic_error(
        "block_on was called on an event loop's thread, which it would block: co_await the task instead");
  }
  Caller caller;
  Home& home = state_->next_home();
  home.loop().post([&home, completion = Completion(caller), task = std::move(task)]() mutable {
    home.start(std::move(task), std::move(completion));
  });
  caller.wait();
}

}  // namespace farcall

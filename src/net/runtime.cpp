#include "net/loop_group.hpp"

#include <farcall/runtime.hpp>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <iterator>
#include <list>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <vector>

namespace farcall {
namespace {

class Home;

/// How often the end of a Runtime looks whether cancelled tasks have ended.
constexpr int kTurnsToEnd = 8;

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
    if (caller_ == nullptr) return;
    // In two steps, so that nothing of the exception is left here once the caller is told.
    std::exception_ptr ended =
        std::make_exception_ptr(std::runtime_error("the runtime ended before the task did"));
    tell(std::move(ended));
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
      : home_(home), completion_(std::move(completion)), task_(std::move(task)) {}

  void start(std::list<Root>::iterator place) {
    place_ = place;
    task_.start(*this);
  }
  /// Cancelled when `stop` is requested, on whatever thread.
  void stop_by(const std::stop_token& stop, std::uint64_t number);
  /// Gives up the coroutine, which a foreign operation may still refer to, without destroying it.
  void abandon() { static_cast<void>(std::make_unique<Task<void>>(std::move(task_)).release()); }

 private:
  friend class Home;
  std::coroutine_handle<> finished() override;
  void unwind() override;

  /// What a stop_token calls.
  class Stopper {
   public:
    Stopper(Home& home, std::uint64_t number) : home_(home), number_(number) {}
    void operator()() const;

   private:
    Home& home_;
    std::uint64_t number_;
  };

  Home& home_;
  std::list<Root>::iterator place_;
  std::uint64_t number_ = 0;
  // Behind the coroutine at the end, too: what that refers to may die as soon as block_on returns.
  Completion completion_;
  Task<void> task_;
  std::optional<std::stop_callback<Stopper>> stopper_;
};

/// The root tasks on one loop. Its thread.
class Home {
 public:
  explicit Home(net::Loop& loop) : loop_(loop) {}

  [[nodiscard]] net::Loop& loop() { return loop_; }

  void start(Task<void> task, Completion completion, const std::stop_token& stop = std::stop_token()) {
    loop_.hold();
    Root& root = roots_.emplace_back(*this, std::move(task), std::move(completion));
    if (stop.stop_possible()) root.stop_by(stop, ++last_number_);
    root.start(std::prev(roots_.end()));
  }
  void erase(Root& root) {
    // Behind the coroutine, whose frame may hold the last of what keeps others.
    std::list<Root> erased;
    erased.splice(erased.begin(), roots_, root.place_);
    erased.clear();
    loop_.release();
  }
  /// Unless it has ended.
  void cancel(std::uint64_t number) {
    for (Root& root : roots_) {
      if (root.number_ == number) return cancel(root);
    }
  }

  /// Destroys what is parked, and asks the rest to end.
  void cancel_all() {
    for (auto root = roots_.begin(); root != roots_.end();) {
      const auto next = std::next(root);
      cancel(*root);
      root = next;
    }
  }
  [[nodiscard]] bool empty() const { return roots_.empty(); }
  /// The last on the loop, or after its end: how many had to be left behind.
  std::size_t abandon_all() {
    roots_.remove_if([](const Root& root) { return root.parked(); });
    for (Root& root : roots_) root.abandon();
    return roots_.size();
  }

 private:
  void cancel(Root& root) {
    if (root.parked() && !root.cancelled()) {
      erase(root);
    } else if (!root.cancelled()) {
      root.cancel();
    }
  }

  net::Loop& loop_;
  std::list<Root> roots_;
  std::uint64_t last_number_ = 0;
};

void Root::stop_by(const std::stop_token& stop, std::uint64_t number) {
  number_ = number;
  stopper_.emplace(stop, Stopper(home_, number));
}

void Root::Stopper::operator()() const {
  home_.loop().post([&home = home_, number = number_] { home.cancel(number); });
}

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
  State(LogSink sink, std::shared_ptr<net::LoopGroup> loops) : log(std::move(sink)), group(std::move(loops)) {
    for (std::size_t i = 0; i < group->size(); ++i) homes.emplace_back(group->at(i));
  }

  Home& next_home() { return homes[next.fetch_add(1, std::memory_order_relaxed) % homes.size()]; }

  LogSink log;
  std::shared_ptr<net::LoopGroup> group;
  std::deque<Home> homes;
  std::atomic<std::size_t> next{0};
};

Runtime::Runtime(RuntimeOptions options)
    : state_(std::make_unique<State>(
          options.log, std::make_shared<net::LoopGroup>(options.loops, loop_options(options.log)))) {}

Runtime::Runtime(AdoptedContext context)
    : state_(std::make_unique<State>(std::move(context.log_), std::move(context.group_))) {}

Runtime::~Runtime() {
  // Functions in a pool are waited for, however long that takes. Anything else that a cancelled task has
  // waited for and that is not farcall's ends in one of the next turns, if it does.
  for (int turns = 0; turns < kTurnsToEnd && !cancel_all(); ++turns) state_->group->await_expected_jobs();
  std::size_t left = 0;
  const auto abandon_all = [&] {
    for (Home& home : state_->homes) left += home.abandon_all();
  };
  state_->group->stop(abandon_all);
  if (left > 0 && state_->log) {
    state_->log(LogLevel::warning,
                "the runtime has ended while " + std::to_string(left) +
                    " tasks waited for operations that are not farcall's; they were abandoned");
  }
}

/// Whether no task is left.
bool Runtime::cancel_all() {
  bool none_left = true;
  for (Home& home : state_->homes) {
    home.loop().post_and_wait([&] {
      home.cancel_all();
      if (!home.empty()) none_left = false;
    });
  }
  return none_left;
}

std::size_t Runtime::loops() const {
  return state_->group->size();
}

net::LoopGroup& Runtime::group() {
  return *state_->group;
}

const LogSink& Runtime::log() const {
  return state_->log;
}

void Runtime::spawn(Task<void> task) {
  Home& home = state_->next_home();
  home.loop().post([&home, task = std::move(task)]() mutable { home.start(std::move(task), Completion()); });
}

void Runtime::spawn(Task<void> task, std::stop_token stop) {
  Home& home = state_->next_home();
  home.loop().post([&home, task = std::move(task), stop = std::move(stop)]() mutable {
    home.start(std::move(task), Completion(), stop);
  });
}

void Runtime::run_to_end(Task<void> task) {
  if (state_->group->runs_here()) {
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

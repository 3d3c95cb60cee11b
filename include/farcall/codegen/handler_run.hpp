#pragma once

#include <farcall/task.hpp>

#include <cstddef>
#include <memory>
#include <utility>

namespace farcall::codegen {

/// The handler of one call under way, and what it works on. Destroyed, it unwinds a handler that has not
/// ended. On the call's loop.
class HandlerRun {
 public:
  HandlerRun(const HandlerRun&) = delete;
  HandlerRun& operator=(const HandlerRun&) = delete;
  virtual ~HandlerRun() = default;

  /// Begins the handler, as the root of `scope`'s tree. Throws what comes of calling it, not what its
  /// coroutine throws.
  virtual void start(TaskScope& scope) = 0;
  /// After the scope was told that it has finished: sends what it returned; throws what it threw.
  virtual void conclude() = 0;
  /// The bytes of the call's one request are not needed from here on: `start` works on the parsed message.
  [[nodiscard]] bool has_parsed() const { return has_parsed_; }

  static void* operator new(std::size_t size) { return allocate_frame(size); }
  static void operator delete(void* run, std::size_t size) noexcept { free_frame(run, size); }

 protected:
  explicit HandlerRun(bool has_parsed) : has_parsed_(has_parsed) {}

 private:
  bool has_parsed_;
};

/// Where a coroutine does all of it.
class CoroutineRun final : public HandlerRun {
 public:
  explicit CoroutineRun(Task<void> task) : HandlerRun(false), task_(std::move(task)) {}
  void start(TaskScope& scope) override { task_.start(scope); }
  void conclude() override { task_.take(); }

 private:
  Task<void> task_;
};

}  // namespace farcall::codegen

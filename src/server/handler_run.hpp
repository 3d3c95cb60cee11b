#pragma once

#include "rpc/message_view.hpp"

#include <farcall/codegen/service.hpp>
#include <farcall/task.hpp>

#include <coroutine>
#include <cstddef>
#include <memory>
#include <new>

namespace farcall::server {

class Call;

/// The handler of one call under way, what its coroutines run under, and what it works on: the request and,
/// where that is not to stay in the handler's coroutine, the result lie behind it in the same memory.
/// Destroyed, it unwinds a handler that has not ended. On the call's loop.
class HandlerRun final : public TaskScope {
 public:
  /// Makes ready to begin. `request`: the bytes of the one request of a method that has one, of which there
  /// is no more need afterwards. Null if it could not be parsed; the call has failed then.
  static std::unique_ptr<HandlerRun> make(const codegen::MethodBinding& method, codegen::ServiceBase& service,
                                          Call& call, const rpc::MessageView& request);
  ~HandlerRun() override;
  HandlerRun(const HandlerRun&) = delete;
  HandlerRun& operator=(const HandlerRun&) = delete;

  /// Begins the handler. Throws what comes of calling it, not what its coroutine throws.
  void start();
  /// After the call was told that it has finished: sends what it returned; throws what it threw.
  void conclude();

  static void operator delete(HandlerRun* run, std::destroying_delete_t) noexcept;

 private:
  class PoolTrip;
  /// How much memory it is given in all.
  struct Size {
    std::size_t bytes;
  };

  HandlerRun(Size size, const codegen::MethodBinding& method, codegen::ServiceBase& service, Call& call);
  static void* operator new(std::size_t itself, Size size);
  static void operator delete(void* memory, Size size) noexcept;

  static std::unique_ptr<HandlerRun> make_empty(const codegen::MethodBinding& method,
                                                codegen::ServiceBase& service, Call& call, std::size_t size,
                                                bool keeps_result);
  std::coroutine_handle<> finished() override;
  void unwind() override;
  [[nodiscard]] Call& call() const;
  [[nodiscard]] void* behind(std::size_t offset);
  static Task<void> run_on_pool(HandlerRun& run);
  void end_request() noexcept;

  const codegen::MethodBinding& method_;
  codegen::Handling handling_;
  Size size_;
};

}  // namespace farcall::server

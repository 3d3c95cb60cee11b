#pragma once

#include <farcall/codegen/asio_operation.hpp>
#include <farcall/codegen/asio_start.hpp>
#include <farcall/log.hpp>
#include <farcall/op.hpp>
#include <farcall/runtime.hpp>
#include <farcall/task.hpp>

#include <asio/async_result.hpp>
#include <asio/io_context.hpp>

#include <concepts>
#include <cstddef>
#include <type_traits>
#include <utility>

/// The bridge to standalone Asio (1.22 or later), in four parts:
///
/// - `adopt`: servers and channels on an io_context that the user runs;
/// - `this_io_context`, `io_context_of`: sockets and timers of one's own on a loop of farcall's;
/// - `use_task`: Asio's operations awaited in a Task;
/// - `async_start`: farcall's operations started with any Asio completion token.
///
/// The only public header that includes Asio (with what it stands on, codegen/asio_*.hpp). A program must
/// include Asio with the configuration macros that farcall was built with, which are none (Asio sees by
/// itself that it is used without Boost).
namespace farcall {

// ---- Loops and io_contexts

/// Makes a Runtime live on `context`, as its one loop: `Runtime runtime(farcall::adopt(context));`. Nothing
/// of it has a thread of its own then, but for the one that Asio starts to resolve host names and the pool of
/// blocking handlers. `log` is RuntimeOptions::log.
///
/// Threads. The user runs the context, on ONE thread at a time (`run`, `run_for`, `poll`, ... as he likes).
/// Two threads that are seen in handlers of farcall's at once end the process, after a line in the log. The
/// context must not be one with ASIO_CONCURRENCY_HINT_UNSAFE or UNSAFE_IO, since other threads post to it.
/// What is for any thread (calls, `Op::get`, `Runtime::block_on`, `Server::drain`, ...) is so here too. What
/// blocks needs another thread to run the context; on the one that runs it, it throws std::logic_error.
///
/// What keeps `context.run()` from returning: a server, from `start` until it is drained or shut down; a
/// channel's connections and attempts at one, from the first call until the channel is destroyed; spawned
/// tasks and block_on, until they end; posted work. A Runtime alone, or a channel that is not connected, does
/// not. So a program ends in order when it calls `server.begin_drain(...)` and destroys its channels, and
/// lets `run` return.
///
/// Stopping. A context that was stopped may be restarted and run again, on another thread too: what had
/// waited goes on. Deadlines that have passed meanwhile are late.
///
/// Destruction: servers and channels, then the Runtime, then the context. Each destructor closes what it owns
/// by itself where nobody else can: on the thread that runs the context (in a handler that is not farcall's),
/// on the thread that ran it last, once it is stopped, and before it was ever run; there nobody waits for a
/// peer. Where another thread runs the context, it waits for that one. A handler that waits for an Asio
/// operation at this moment is logged as abandoned: it needs the context to go on. Not to be destroyed by
/// farcall's own handlers.
/// A context that dies before its Runtime is undefined, as it is for sockets.
[[nodiscard]] AdoptedContext adopt(asio::io_context& context, LogSink log = log_to_stderr);

/// The io_context of the loop that runs on this thread, for making sockets and timers on it inside of a Task.
/// They belong to the loop's thread: use and destroy them there. Throws std::logic_error on a thread that
/// runs no loop; of an adopted context, outside of farcall's handlers and tasks.
[[nodiscard]] asio::io_context& this_io_context();

/// That of one of the runtime's loops; `index` is less than `runtime.loops()`, else std::out_of_range. Lives
/// as long as the runtime. Any thread, but what is made on it belongs to the loop's: post there.
[[nodiscard]] asio::io_context& io_context_of(Runtime& runtime, std::size_t index = 0);

// ---- Asio's operations in a Task

/// The type of `use_task` and `use_task_nothrow`.
template <class Errors>
struct UseTask {
  constexpr UseTask() {}

  /// Gives an executor this token as its default.
  template <class Executor>
  struct executor_with_default : Executor {
    using default_completion_token_type = UseTask;
    template <class Other>
    requires(!std::same_as<Other, executor_with_default> && std::convertible_to<Other, Executor>)
        executor_with_default(const Other& executor)
    noexcept : Executor(executor) {}
  };
  /// `use_task_t::as_default_on_t<asio::ip::tcp::socket>`: a socket whose operations need no token.
  template <class Object>
  using as_default_on_t =
      typename Object::template rebind_executor<executor_with_default<typename Object::executor_type>>::other;
};
using use_task_t = UseTask<codegen::ThrowErrors>;
using use_task_nothrow_t = UseTask<codegen::GiveErrors>;

/// Completion token: `std::size_t n = co_await socket.async_read_some(buffer, farcall::use_task);` inside of
/// a Task. Gives what the operation completes with behind its error_code or exception_ptr: nothing, a value,
/// or a std::tuple of several. An error_code is thrown as asio::system_error, an exception as it is. A whole
/// `asio::awaitable` is awaited as
/// `co_await asio::co_spawn(farcall::this_io_context(), work(), farcall::use_task)`.
///
/// The operation begins when it is awaited, so what it refers to must live until then. The Task goes on on
/// its own loop, in a later turn, whatever executor the operation has. Throws std::logic_error on a thread
/// that runs no loop.
///
/// Cancellation: when the Task's call or owner is cancelled, cancellation_type::terminal is emitted to the
/// operation, on its executor (one with several threads needs a strand for that). The Task is unwound, not
/// resumed, once the operation has completed, whatever the outcome: buffers in the coroutine are safe. An
/// operation that does not heed cancellation delays that. One that is awaited after the cancellation does not
/// begin.
///
/// An operation that is dropped without completing, with its io_context for instance, throws
/// asio::error::operation_aborted.
inline constexpr use_task_t use_task;

/// The same, but an error_code or exception_ptr is given instead of thrown, as the first of a std::tuple:
/// `auto [error, n] = co_await socket.async_read_some(buffer, farcall::use_task_nothrow);`. If it is all that
/// the operation completes with, by itself: `asio::error_code error = co_await timer.async_wait(...);`.
inline constexpr use_task_nothrow_t use_task_nothrow;

// ---- farcall's operations with Asio's tokens

/// Starts `op`, a call or an operation of a stream, with any completion token, of signature void(T): a
/// callback, asio::use_future, asio::use_awaitable, asio::bind_executor(...) and so on. What goes wrong in a
/// call is part of the T.
///
/// The handler is called once, on its associated executor, which has outstanding work until then, and whose
/// context must outlive the runtime of the operation, where the last copy of the executor may be let go. One
/// without (a plain callback, asio::use_future) is called as `Op::then` calls its callback: on the
/// operation's loop, or from inside of this function if the result is there; it must not throw then. Any
/// thread.
///
/// The handler's cancellation slot, with any type but none: where T can be made from a Status (unary calls,
/// `finish`, not reads and writes), the handler gets CANCELLED, and a unary call is cancelled; of a stream's
/// operation only the waiting ends. Otherwise it has no effect: cancel the stream.
///
/// Throws std::logic_error for an operation that was used already.
template <class T, class Token>
auto async_start(Op<T> op, Token&& token) {
  return asio::async_initiate<Token, void(T)>(codegen::StartOp(), token, std::move(op));
}

/// Runs `task` on a loop of `runtime`, with any completion token, of signature void(std::exception_ptr, T),
/// or void(std::exception_ptr) without a value. A T that is given beside an exception is T() or made from a
/// Status; one that can be neither does not compile.
///
/// The handler is called as above; one without an executor, on the task's loop. Its cancellation slot, with
/// any type but none: the task is destroyed where it waits, and the handler gets
/// asio::error::operation_aborted, as it does when the runtime ends before the task. Any thread.
template <class T, class Token>
auto async_start(Runtime& runtime, Task<T> task, Token&& token) {
  using Signature = typename codegen::TaskSignature<T>::type;
  return asio::async_initiate<Token, Signature>(codegen::StartTask(), token, &runtime, std::move(task));
}

}  // namespace farcall

template <class Errors, class... Results>
class asio::async_result<farcall::UseTask<Errors>, void(Results...)> {
 public:
  template <class Initiation, class... Args>
  static auto initiate(Initiation&& initiation, farcall::UseTask<Errors>, Args&&... args) {
    using Awaiter = farcall::codegen::AsioAwaiter<Errors, std::decay_t<Initiation>, void(Results...),
                                                  std::decay_t<Args>...>;
    return Awaiter(std::in_place, std::forward<Initiation>(initiation), std::forward<Args>(args)...);
  }
};

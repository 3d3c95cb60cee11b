#pragma once

#include <farcall/branches.hpp>
#include <farcall/task.hpp>

#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace farcall {

namespace codegen {

template <class... T, std::size_t... I>
std::tuple<ValueOf<T>...> take_all(std::tuple<Branch<T>...>& branches, std::index_sequence<I...>) {
  return std::tuple<ValueOf<T>...>{std::get<I>(branches).take()...};
}

template <class... T, std::size_t... I>
void rethrow_from(std::tuple<Branch<T>...>& branches, std::size_t position, std::index_sequence<I...>) {
  ((I == position ? static_cast<void>(std::get<I>(branches).take()) : void()), ...);
}

template <class... T>
Task<std::tuple<ValueOf<T>...>> run_all(Task<T>... tasks) {
  BranchGroup group(Until::all_have_ended);
  std::tuple<Branch<T>...> branches(std::move(tasks)...);
  std::apply([&group](auto&... branch) { (group.add(branch), ...); }, branches);
  co_await group;
  constexpr auto kEach = std::index_sequence_for<T...>();
  if (group.decided()) rethrow_from(branches, group.decisive(), kEach);
  co_return take_all(branches, kEach);
}

template <class T>
using AllOf = std::conditional_t<std::is_void_v<T>, void, std::vector<ValueOf<T>>>;

template <class A>
Task<AllOf<AwaitResult<A>>> run_all_of(std::vector<A> awaitables) {
  using T = AwaitResult<A>;
  BranchGroup group(Until::all_have_ended);
  std::vector<Branch<T>> branches(awaitables.size());
  for (std::size_t i = 0; i < branches.size(); ++i) {
    branches[i].set(as_task(std::move(awaitables[i])));
    group.add(branches[i]);
  }
  co_await group;
  if (group.decided()) static_cast<void>(branches[group.decisive()].take());
  if constexpr (!std::is_void_v<T>) {
    std::vector<T> values;
    values.reserve(branches.size());
    for (Branch<T>& branch : branches) values.push_back(branch.take());
    co_return values;
  }
}

}  // namespace codegen

/// Runs several things at once and waits for all of them:
///
///     auto [train, weather] = co_await all(trains.next(request), forecast(place));
///     std::vector<Result<Reply>> replies = co_await all(std::move(ops));
///
/// Takes Tasks, Ops, `sleep`, and whatever else can be awaited, by value; gives a Task of a std::tuple of the
/// results in the order of the arguments, std::monostate where there is none. Of a vector it gives a Task of
/// a vector (of nothing, if its elements give nothing); of an empty one at once. What a handler's stream
/// gives to co_await stays where it is made: `read` and `write` of it go into a Task that awaits them.
///
/// - Lazy, as every Task. The branches begin in order, on the loop of whoever awaits, each running until it
///   first waits. They take turns on that one thread: between two `co_await`s none of them is interrupted.
/// - A status is a result like any other. If a branch throws, the others are cancelled, and once they have
///   ended the first exception is thrown here; what others have thrown is lost. A branch that had not begun
///   never does.
/// - Cancelled (with its call, its Runtime, or as the loser of an `any`) it is unwound when every branch that
///   has not ended waits at a suspension point of farcall; until then all of them stay as they are.
/// - A branch that is cancelled on its own is destroyed where it waits for something of farcall's: a unary
///   call that it awaits is cancelled on the wire. One that waits for something foreign, or for a function in
///   a Pool, is waited for, and destroyed at its next suspension point of farcall.
///
/// Each branch costs its coroutine frame, and no allocation beside. Throws std::invalid_argument for a Task
/// that was moved away; awaiting the result on a thread that runs no loop of farcall's, std::logic_error.
template <codegen::Awaitable... A>
requires(sizeof...(A) > 0)
    [[nodiscard]] Task<std::tuple<codegen::ValueOf<codegen::AwaitResult<A>>...>> all(A... awaitables) {
  return codegen::run_all(codegen::as_task(std::move(awaitables))...);
}
template <codegen::Awaitable A>
[[nodiscard]] Task<codegen::AllOf<codegen::AwaitResult<A>>> all(std::vector<A> awaitables) {
  return codegen::run_all_of(std::move(awaitables));
}

}  // namespace farcall

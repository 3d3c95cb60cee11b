#pragma once

#include <farcall/branches.hpp>
#include <farcall/task.hpp>

#include <cstddef>
#include <optional>
#include <stdexcept>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

namespace farcall {

/// Which element of a vector was the first to end, and with what.
template <class T>
struct First {
  First(std::size_t which, T result) : index(which), value(std::move(result)) {}
  std::size_t index;
  T value;  ///< std::monostate where the element gives nothing.
};

namespace codegen {

template <class Variant, std::size_t I, class T>
void take_if(std::optional<Variant>& into, Branch<T>& branch, std::size_t position) {
  if (I == position) into.emplace(std::in_place_index<I>, branch.take());
}

template <class... T, std::size_t... I>
std::variant<ValueOf<T>...> take_from(std::tuple<Branch<T>...>& branches, std::size_t position,
                                      std::index_sequence<I...>) {
  using Variant = std::variant<ValueOf<T>...>;
  std::optional<Variant> taken;
  (take_if<Variant, I>(taken, std::get<I>(branches), position), ...);
  return std::move(*taken);
}

template <class... T>
Task<std::variant<ValueOf<T>...>> run_any(Task<T>... tasks) {
  BranchGroup group(Until::one_has_ended);
  std::tuple<Branch<T>...> branches(std::move(tasks)...);
  std::apply([&group](auto&... branch) { (group.add(branch), ...); }, branches);
  co_await group;
  co_return take_from(branches, group.decisive(), std::index_sequence_for<T...>());
}

template <class A>
Task<First<ValueOf<AwaitResult<A>>>> run_any_of(std::vector<A> awaitables) {
  using T = AwaitResult<A>;
  BranchGroup group(Until::one_has_ended);
  std::vector<Branch<T>> branches(awaitables.size());
  for (std::size_t i = 0; i < branches.size(); ++i) {
    branches[i].set(as_task(std::move(awaitables[i])));
    group.add(branches[i]);
  }
  co_await group;
  co_return First<ValueOf<T>>(group.decisive(), branches[group.decisive()].take());
}

}  // namespace codegen

/// Runs several things at once, waits for the first to end, and cancels the others:
///
///     auto first = co_await any(trains.next(request), sleep(200ms));
///     if (first.index() == 1) co_return Status::deadline_exceeded("the timetable is slow today");
///     Result<Departure> departure = std::get<0>(std::move(first));
///
/// Takes what `all` takes; gives a Task of a std::variant whose index says who was first (std::monostate
/// where there is no result), of a vector a Task of First. Cancellation, threads and costs are those of
/// `all`, and in addition:
///
/// - The first to end decides, however it ends: a status is a result, an exception is thrown here.
/// - The others are cancelled, and have ended before this does: at once where they wait for something of
///   farcall's (a unary call is cancelled on the wire), else when their foreign wait is over. What they would
///   have given is lost; a read of a stream that was given up loses no message.
/// - When a branch ends before it has waited, those behind it never begin.
///
/// An empty vector is refused with std::invalid_argument: nothing could ever end.
template <codegen::Awaitable... A>
requires(sizeof...(A) > 0)
    [[nodiscard]] Task<std::variant<codegen::ValueOf<codegen::AwaitResult<A>>...>> any(A... awaitables) {
  return codegen::run_any(codegen::as_task(std::move(awaitables))...);
}
template <codegen::Awaitable A>
[[nodiscard]] Task<First<codegen::ValueOf<codegen::AwaitResult<A>>>> any(std::vector<A> awaitables) {
  if (awaitables.empty()) throw std::invalid_argument("farcall::any: of nothing, nothing is the first");
  return codegen::run_any_of(std::move(awaitables));
}

}  // namespace farcall

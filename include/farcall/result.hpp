#pragma once

#include <farcall/status.hpp>

#include <concepts>
#include <optional>
#include <type_traits>
#include <utility>

namespace farcall {

namespace codegen {

/// A reason for there being no value, in any case.
[[nodiscard]] Status with_reason(Status status);

struct ResultAccess;

}  // namespace codegen

/// A value, or the status that says why there is none: what a unary call gives and what its handler returns.
///
/// Never both and never neither. Converts from either, so a handler writes `co_return reply;` or
/// `co_return Status::not_found("...")`. As safe to share between threads as T is.
template <class T>
class [[nodiscard]] Result {
  static_assert(std::is_object_v<T> && !std::is_const_v<T>, "Result holds a value, not a reference or void");
  static_assert(!std::same_as<T, Status>, "an operation that yields no value returns Status itself");

 public:
  using value_type = T;

  template <class U = T>
  requires(std::constructible_from<T, U> && !std::same_as<std::remove_cvref_t<U>, Result> &&
           !std::same_as<std::remove_cvref_t<U>, Status>) explicit(!std::convertible_to<U, T>)
      Result(U&& value)
      : value_(std::in_place, std::forward<U>(value)) {}

  /// A value made of nothing, in its place.
  explicit Result(std::in_place_t) : value_(std::in_place) {}

  /// A result without a value needs a reason: an OK status is the caller's mistake, and becomes INTERNAL.
  Result(Status status) : status_(codegen::with_reason(std::move(status))) {}

  [[nodiscard]] bool ok() const noexcept { return value_.has_value(); }
  explicit operator bool() const noexcept { return ok(); }
  /// OK when there is a value.
  [[nodiscard]] const Status& status() const& noexcept { return status_; }
  [[nodiscard]] Status status() && noexcept { return std::move(status_); }

  /// Only when `ok()`.
  [[nodiscard]] T& operator*() & noexcept { return *value_; }
  [[nodiscard]] const T& operator*() const& noexcept { return *value_; }
  [[nodiscard]] T&& operator*() && noexcept { return *std::move(value_); }
  [[nodiscard]] T* operator->() noexcept { return &*value_; }
  [[nodiscard]] const T* operator->() const noexcept { return &*value_; }

  /// The value, or a StatusError thrown, for code that prefers exceptions.
  [[nodiscard]] T& value() & {
    require_value();
    return *value_;
  }
  [[nodiscard]] const T& value() const& {
    require_value();
    return *value_;
  }
  [[nodiscard]] T&& value() && {
    require_value();
    return *std::move(value_);
  }

 private:
  friend codegen::ResultAccess;

  void require_value() const {
    if (!ok()) throw StatusError(status_);
  }

  std::optional<T> value_;
  Status status_;
};

namespace codegen {

/// For those who carry a Result without its type.
struct ResultAccess {
  template <class T>
  static Status& status(Result<T>& result) {
    return result.status_;
  }
  /// The value was of no use. `why` is not OK.
  template <class T>
  static void replace(Result<T>& result, Status why) {
    result.value_.reset();
    result.status_ = std::move(why);
  }
};

}  // namespace codegen

}  // namespace farcall

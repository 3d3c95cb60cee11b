#pragma once

#include <cassert>
#include <string>
#include <utility>
#include <variant>

namespace farcall::net {

/// One line for a person: what is wrong and what to write instead.
struct ErrorText {
  std::string text;
};

/// A value, or why there is none.
template <class T>
class [[nodiscard]] Parsed {
 public:
  Parsed(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Parsed(ErrorText error) : state_(std::in_place_index<1>, std::move(error)) {}

  [[nodiscard]] explicit operator bool() const { return state_.index() == 0; }
  [[nodiscard]] bool has_value() const { return state_.index() == 0; }

  /// Only when there is a value.
  [[nodiscard]] T& operator*() {
    assert(has_value());
    return *std::get_if<0>(&state_);
  }
  [[nodiscard]] const T& operator*() const {
    assert(has_value());
    return *std::get_if<0>(&state_);
  }
  [[nodiscard]] T* operator->() { return &**this; }
  [[nodiscard]] const T* operator->() const { return &**this; }

  /// Only when there is none.
  [[nodiscard]] const std::string& error() const {
    assert(!has_value());
    return std::get_if<1>(&state_)->text;
  }

 private:
  std::variant<T, ErrorText> state_;
};

}  // namespace farcall::net

#pragma once

#include <cstdint>
#include <exception>
#include <iosfwd>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace farcall {

/// How a call ended, as every gRPC implementation numbers it. A peer may send an integer that is not listed
/// here: it is kept as it came, so a switch over a StatusCode needs a default.
enum class StatusCode : int {
  ok = 0,
  cancelled = 1,
  unknown = 2,
  invalid_argument = 3,
  deadline_exceeded = 4,
  not_found = 5,
  already_exists = 6,
  permission_denied = 7,
  resource_exhausted = 8,
  failed_precondition = 9,
  aborted = 10,
  out_of_range = 11,
  unimplemented = 12,
  internal = 13,
  unavailable = 14,
  data_loss = 15,
  unauthenticated = 16,
};

/// The name used in documents and logs, such as "NOT_FOUND"; "UNLISTED" for an integer that no name belongs
/// to.
[[nodiscard]] std::string_view name(StatusCode code);

/// Who decided that a call ends the way it does.
enum class StatusOrigin : std::uint8_t {
  /// This process: the application, or farcall on its behalf (deadline, cancellation, a peer that broke the
  /// protocol).
  local,
  /// The other side: its grpc-status, or what its HTTP status or RST_STREAM stands for.
  peer,
};

/// The outcome of a call or of an operation: OK, or a code with a text and optionally serialized details.
///
/// One pointer wide; an OK status allocates nothing, and copying or moving one is free. Copies are
/// independent, so a Status may be handed to another thread. An OK status has neither message nor details.
class [[nodiscard]] Status {
 public:
  Status() noexcept = default;
  /// `message` is shown to people, UTF-8. `details` is a serialized google.rpc.Status, or empty; it travels
  /// as grpc-status-details-bin. With StatusCode::ok both are dropped.
  Status(StatusCode code, std::string message, std::string details = {},
         StatusOrigin origin = StatusOrigin::local);

  Status(const Status& other) : state_(other.state_ ? copy(*other.state_) : nullptr) {}
  Status& operator=(const Status& other);
  Status(Status&&) noexcept = default;
  Status& operator=(Status&&) noexcept = default;
  ~Status() = default;

  static Status cancelled(std::string message) { return {StatusCode::cancelled, std::move(message)}; }
  static Status unknown(std::string message) { return {StatusCode::unknown, std::move(message)}; }
  static Status invalid_argument(std::string message) {
    return {StatusCode::invalid_argument, std::move(message)};
  }
  static Status deadline_exceeded(std::string message) {
    return {StatusCode::deadline_exceeded, std::move(message)};
  }
  static Status not_found(std::string message) { return {StatusCode::not_found, std::move(message)}; }
  static Status already_exists(std::string message) {
    return {StatusCode::already_exists, std::move(message)};
  }
  static Status permission_denied(std::string message) {
    return {StatusCode::permission_denied, std::move(message)};
  }
  static Status resource_exhausted(std::string message) {
    return {StatusCode::resource_exhausted, std::move(message)};
  }
  static Status failed_precondition(std::string message) {
    return {StatusCode::failed_precondition, std::move(message)};
  }
  static Status aborted(std::string message) { return {StatusCode::aborted, std::move(message)}; }
  static Status out_of_range(std::string message) { return {StatusCode::out_of_range, std::move(message)}; }
  static Status unimplemented(std::string message) { return {StatusCode::unimplemented, std::move(message)}; }
  static Status internal(std::string message) { return {StatusCode::internal, std::move(message)}; }
  static Status unavailable(std::string message) { return {StatusCode::unavailable, std::move(message)}; }
  static Status data_loss(std::string message) { return {StatusCode::data_loss, std::move(message)}; }
  static Status unauthenticated(std::string message) {
    return {StatusCode::unauthenticated, std::move(message)};
  }

  [[nodiscard]] bool ok() const noexcept { return !state_; }
  [[nodiscard]] StatusCode code() const noexcept { return state_ ? state_->code : StatusCode::ok; }
  /// Empty when OK. Valid as long as this object is neither changed nor destroyed.
  [[nodiscard]] const std::string& message() const noexcept {
    return state_ ? state_->message : empty_text();
  }
  /// A serialized google.rpc.Status; empty when there is none. Lives as long as `message()`.
  [[nodiscard]] const std::string& details() const noexcept {
    return state_ ? state_->details : empty_text();
  }
  /// Meaningless for an OK status, which says `local`.
  [[nodiscard]] StatusOrigin origin() const noexcept { return state_ ? state_->origin : StatusOrigin::local; }

  /// The same outcome with another origin.
  [[nodiscard]] Status with_origin(StatusOrigin origin) const&;
  [[nodiscard]] Status with_origin(StatusOrigin origin) &&;

  /// Equal code, message and details; who began it is not compared.
  friend bool operator==(const Status& left, const Status& right) noexcept;

 private:
  struct State {
    StatusCode code;
    StatusOrigin origin;
    std::string message;
    std::string details;
  };
  /// Out of line: few statuses have a state, and many places destroy one.
  struct Free {
    void operator()(State* state) const noexcept;
  };
  using StatePointer = std::unique_ptr<State, Free>;
  static StatePointer copy(const State& state);
  static const std::string& empty_text() noexcept;

  /// Null when OK.
  StatePointer state_;
};

/// For people: "OK", "NOT_FOUND: no train 7", "UNLISTED(99): ...".
[[nodiscard]] std::string to_string(const Status& status);
std::ostream& operator<<(std::ostream& out, const Status& status);

/// What `Result::value()` throws when there is no value.
class StatusError : public std::exception {
 public:
  explicit StatusError(Status status);

  [[nodiscard]] const Status& status() const noexcept { return status_; }
  /// `to_string(status())`.
  [[nodiscard]] const char* what() const noexcept override { return text_.c_str(); }

 private:
  Status status_;
  std::string text_;
};

}  // namespace farcall

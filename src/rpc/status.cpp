#include <farcall/result.hpp>
#include <farcall/status.hpp>

#include <array>
#include <memory>
#include <ostream>
#include <utility>

namespace farcall {

std::string_view name(StatusCode code) {
  static constexpr std::array<std::string_view, 17> kNames = {
      "OK",        "CANCELLED",      "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
      "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
      "ABORTED",   "OUT_OF_RANGE",   "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
      "DATA_LOSS", "UNAUTHENTICATED"};
  const auto number = static_cast<unsigned>(code);
  return number < kNames.size() ? kNames[number] : "UNLISTED";
}

Status::Status(StatusCode code, std::string message, std::string details, StatusOrigin origin)
    : state_(code == StatusCode::ok
                 ? nullptr
                 : std::make_unique<State>(State{code, origin, std::move(message), std::move(details)})
                       .release()) {}

Status& Status::operator=(const Status& other) {
  if (this != &other) state_ = other.state_ ? copy(*other.state_) : nullptr;
  return *this;
}

Status Status::with_origin(StatusOrigin origin) const& {
  return Status(*this).with_origin(origin);
}

Status Status::with_origin(StatusOrigin origin) && {
  if (state_) state_->origin = origin;
  return std::move(*this);
}

bool operator==(const Status& left, const Status& right) noexcept {
  return left.code() == right.code() && left.message() == right.message() &&
         left.details() == right.details();
}

Status::StatePointer Status::copy(const State& state) {
  return StatePointer(std::make_unique<State>(state).release());
}

void Status::Free::operator()(State* state) const noexcept {
  const std::unique_ptr<State> last(state);
}

Status codegen::with_reason(Status status) {
  return status.ok() ? Status::internal("a Result was made from an OK status, without a value")
                     : std::move(status);
}

const std::string& Status::empty_text() noexcept {
  // Trivially reachable for ever: never destroyed, so that a Status may be read while the program ends.
  static const std::string& empty = *new std::string();
  return empty;
}

std::string to_string(const Status& status) {
  std::string text(name(status.code()));
  if (text == "UNLISTED")
    text.append("(").append(std::to_string(static_cast<int>(status.code()))).append(")");
  if (!status.message().empty()) text.append(": ").append(status.message());
  return text;
}

std::ostream& operator<<(std::ostream& out, const Status& status) {
  return out << to_string(status);
}

StatusError::StatusError(Status status) : status_(std::move(status)), text_(to_string(status_)) {}

}  // namespace farcall

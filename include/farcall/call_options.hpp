#pragma once

#include <farcall/codec.hpp>
#include <farcall/metadata.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>

namespace farcall {

class ServerContext;

/// What a server sent beside its messages.
struct ResponseMetadata {
  ResponseMetadata() {}

  Metadata initial;   ///< From its response headers.
  Metadata trailing;  ///< That came with the status.
};

/// What one call is to be done with, beside its request. Every function returns the object itself, so that
/// they chain: `CallOptions().timeout(200ms).metadata("x-tenant", "north")`. Short forms are `within(200ms)`
/// and `at(moment)`.
class CallOptions {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  using Duration = std::chrono::steady_clock::duration;

  CallOptions() {}
  CallOptions(const CallOptions& other);
  CallOptions(CallOptions&& other) noexcept = default;
  CallOptions& operator=(CallOptions other) noexcept {
    deadline_ = other.deadline_;
    timeout_ = other.timeout_;
    max_receive_message_size_ = other.max_receive_message_size_;
    collect_ = other.collect_;
    extras_ = std::move(other.extras_);
    wait_for_ready_ = other.wait_for_ready_;
    return *this;
  }
  ~CallOptions() = default;

  /// The call ends with DEADLINE_EXCEEDED unless it has ended by then. Without this or `timeout` it may take
  /// for ever. The server is told what remains. With both, the earlier counts.
  CallOptions& deadline(TimePoint moment) & {
    deadline_ = moment;
    return *this;
  }
  /// The same, counted from the moment at which the call is started.
  template <class Rep, class Period>
  CallOptions& timeout(std::chrono::duration<Rep, Period> after) & {
    timeout_ = saturated(after);
    return *this;
  }
  /// Sent to the server; may be called again, also with the same name. Throws std::invalid_argument as
  /// Metadata::add does.
  CallOptions& metadata(std::string_view name, std::string_view value) & {
    own_extras().metadata.add(name, value);
    return *this;
  }
  /// When the server cannot be reached the call waits until it can, or until its deadline, instead of failing
  /// with UNAVAILABLE.
  CallOptions& wait_for_ready(bool wait = true) & {
    wait_for_ready_ = wait;
    return *this;
  }
  /// In bytes; a larger message from the server ends the call with RESOURCE_EXHAUSTED. Overrides the
  /// channel's.
  CallOptions& max_receive_message_size(std::size_t bytes) & {
    max_receive_message_size_ = bytes;
    return *this;
  }
  /// The `:authority` to send instead of the channel's.
  CallOptions& authority(std::string name) & {
    own_extras().authority = std::move(name);
    return *this;
  }
  /// Who calls, instead of what the channel says: sent in front of farcall's own name in the `user-agent`.
  /// Throws std::invalid_argument unless it is printable ASCII without spaces at the ends.
  CallOptions& user_agent(std::string text) &;
  /// The call is made on behalf of the one that is being handled: it has the deadline of that one, if that is
  /// the earlier, and ends with CANCELLED, of which its server is told, when that one is cancelled, or has
  /// been already. When the handler simply returns nothing happens: a call that outlives it goes on until its
  /// deadline.
  ///
  /// To be used where `context` may be, in the handler. What is needed is taken out of `context` here, so the
  /// options and the call may outlive it and go to any thread. A later parent replaces an earlier one.
  CallOptions& parent(ServerContext& context) &;
  /// What messages travel in, instead of the channel's. Null is the channel's. Throws std::invalid_argument
  /// for a codec whose name cannot be part of a content-type.
  CallOptions& codec(std::shared_ptr<const Codec> codec) &;
  /// Where to put the server's metadata before the operation that gives the status (a unary call, `finish`)
  /// completes. `into` must live until then; if the operation is given up, it is not touched.
  CallOptions& collect(ResponseMetadata& into) & {
    collect_ = &into;
    return *this;
  }

  CallOptions&& deadline(TimePoint moment) && { return std::move(deadline(moment)); }
  template <class Rep, class Period>
  CallOptions&& timeout(std::chrono::duration<Rep, Period> after) && {
    return std::move(timeout(after));
  }
  CallOptions&& metadata(std::string_view name, std::string_view value) && {
    return std::move(metadata(name, value));
  }
  CallOptions&& wait_for_ready(bool wait = true) && { return std::move(wait_for_ready(wait)); }
  CallOptions&& max_receive_message_size(std::size_t bytes) && {
    return std::move(max_receive_message_size(bytes));
  }
  CallOptions&& authority(std::string name) && { return std::move(authority(std::move(name))); }
  CallOptions&& user_agent(std::string text) && { return std::move(user_agent(std::move(text))); }
  CallOptions&& parent(ServerContext& context) && { return std::move(parent(context)); }
  CallOptions&& codec(std::shared_ptr<const Codec> codec) && {
    return std::move(this->codec(std::move(codec)));
  }
  CallOptions&& collect(ResponseMetadata& into) && { return std::move(collect(into)); }

  [[nodiscard]] const std::optional<TimePoint>& deadline() const { return deadline_; }
  [[nodiscard]] const std::optional<Duration>& timeout() const { return timeout_; }
  [[nodiscard]] const Metadata& metadata() const { return extras().metadata; }
  [[nodiscard]] bool waits_for_ready() const { return wait_for_ready_; }
  [[nodiscard]] const std::optional<std::size_t>& max_receive_message_size() const {
    return max_receive_message_size_;
  }
  /// Empty: the channel's.
  [[nodiscard]] const std::string& authority() const { return extras().authority; }
  /// The whole of it, with farcall's own part. Empty: the channel's.
  [[nodiscard]] const std::string& user_agent() const { return extras().user_agent; }
  [[nodiscard]] const std::optional<TimePoint>& parent_deadline() const { return extras().parent_deadline; }
  /// Stopped when the parent is cancelled; stop is not possible without one.
  [[nodiscard]] const std::stop_token& parent_token() const { return extras().parent_token; }
  /// Null: the channel's.
  [[nodiscard]] const std::shared_ptr<const Codec>& codec() const { return extras().codec; }
  [[nodiscard]] ResponseMetadata* collector() const { return collect_; }
  /// Nothing is set that would change the request's headers, but a time limit.
  [[nodiscard]] bool are_plain() const { return extras_ == nullptr; }

 private:
  /// What few calls have, in a place of its own: the others are cheap to make and to hand on.
  struct Extras {
    Metadata metadata;
    std::string authority;
    std::string user_agent;
    std::optional<TimePoint> parent_deadline;
    std::stop_token parent_token;
    std::shared_ptr<const Codec> codec;
  };

  [[nodiscard]] const Extras& extras() const { return extras_ ? *extras_ : no_extras(); }
  [[nodiscard]] Extras& own_extras();
  static const Extras& no_extras() {
    // Never destroyed: a call may be made while the program ends.
    static const Extras& none = *new Extras();
    return none;
  }

  /// The clock's unit is finer than most: hours::max() must not wrap around.
  template <class Rep, class Period>
  static Duration saturated(std::chrono::duration<Rep, Period> after) {
    using Wide = std::chrono::duration<long double, Duration::period>;
    if (Wide(after) >= Wide(Duration::max())) return Duration::max();
    if (Wide(after) <= Wide(Duration::min())) return Duration::min();
    return std::chrono::duration_cast<Duration>(after);
  }

  std::optional<TimePoint> deadline_;
  std::optional<Duration> timeout_;
  std::optional<std::size_t> max_receive_message_size_;
  ResponseMetadata* collect_ = nullptr;
  std::unique_ptr<Extras> extras_;  // null: none
  bool wait_for_ready_ = false;
};

/// Options with nothing but a timeout, counted from the call's start.
template <class Rep, class Period>
[[nodiscard]] CallOptions within(std::chrono::duration<Rep, Period> timeout) {
  CallOptions options;
  options.timeout(timeout);
  return options;
}

/// Options with nothing but a deadline.
[[nodiscard]] inline CallOptions at(CallOptions::TimePoint deadline) {
  CallOptions options;
  options.deadline(deadline);
  return options;
}

}  // namespace farcall

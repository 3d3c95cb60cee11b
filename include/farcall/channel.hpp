#pragma once

#include <farcall/codec.hpp>
#include <farcall/op.hpp>
#include <farcall/status.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace farcall {

class Resolver;
class Runtime;

namespace client {
class CoreSet;
}  // namespace client

/// What a channel is up to, with the names that every gRPC implementation uses.
enum class ConnectivityState : std::uint8_t {
  idle,               ///< Not connected; the next call connects.
  connecting,         ///< Resolving, connecting, or waiting for the server's first HTTP/2 frame.
  ready,              ///< Calls go out.
  transient_failure,  ///< The last attempt failed; calls fail, or wait if asked to, until the next one.
  shutdown,           ///< Destroyed.
};

/// "READY" and so on.
[[nodiscard]] std::string_view name(ConnectivityState state);

/// How a channel connects. The defaults are gRPC's own. Times of less than nothing count as zero, and more
/// than a century as a century.
struct ChannelOptions {
  ChannelOptions() {}

  static constexpr std::chrono::milliseconds kNever = std::chrono::milliseconds::max();

  /// The `:authority` of every call; empty: what the target says.
  std::string authority;
  /// Who calls: sent in front of farcall's own "grpc-c++-farcall/VERSION" in the `user-agent` of every call,
  /// such as "orders/2.1 (prod)". Printable ASCII without spaces at the ends, or Channel's constructor throws
  /// std::invalid_argument.
  std::string user_agent;
  /// For targets with schemes of one's own: see <farcall/resolver.hpp>. The first with the target's scheme
  /// counts. None may be null (std::invalid_argument).
  std::vector<std::shared_ptr<Resolver>> resolvers;
  /// What the messages of calls travel in, where CallOptions do not say otherwise; null: protobuf. One whose
  /// name cannot be part of a content-type is reported as a bad target is.
  std::shared_ptr<const Codec> codec;
  /// In bytes; a larger message from the server ends its call with RESOURCE_EXHAUSTED.
  std::size_t max_receive_message_size = std::size_t{4} * 1024 * 1024;
  /// For one attempt, from the name's resolution to the server's SETTINGS.
  std::chrono::milliseconds connect_timeout = std::chrono::seconds(20);
  /// Failed attempts begin at least this far apart, times 1.6 after each failure, up to the maximum, give or
  /// take 20 %.
  std::chrono::milliseconds initial_backoff = std::chrono::seconds(1);
  std::chrono::milliseconds max_backoff = std::chrono::seconds(120);
  /// PING a silent server after this time (never below 10 s), and give the connection up if it then stays
  /// silent for `keepalive_timeout`. Zero: never.
  std::chrono::milliseconds keepalive_time = std::chrono::milliseconds(0);
  std::chrono::milliseconds keepalive_timeout = std::chrono::seconds(20);
  /// Also when no call is open. Servers may take it for abuse.
  bool keepalive_without_calls = false;
  /// Without a call for so long, the channel closes its connection and becomes idle; the next call connects
  /// again. `kNever`: it keeps the connection.
  std::chrono::milliseconds idle_timeout = std::chrono::minutes(30);
  /// One connection for every loop of the channel's Runtime instead of one in all. A call that is made on the
  /// thread of one of these loops goes over that loop's connection and never leaves the thread; calls that
  /// are made elsewhere go to the loops in turn. For clients whose calls keep more than one processor busy.
  bool connection_per_loop = false;
};

/// A way to one server, over connections that it makes and replaces by itself. What generated clients call
/// through.
///
/// Connects when the first call needs it, and again when a call needs it after a connection was lost. Calls
/// that the server provably did not see are sent once more on a new connection.
///
/// Any thread may use it. Everything of a call runs on one loop: the channel's, or with
/// `connection_per_loop` the one that the call was given to when it was made.
class Channel {
 public:
  /// `target`: "host:port", "dns:///host:port", "ipv4:127.0.0.1:50051", "ipv6:[::1]:50051", "unix:/path",
  /// "unix-abstract:name", or with the scheme of one of `options.resolvers`. Runs a Runtime of one loop (one
  /// thread) of its own. If the target makes no sense, `status()` says so and every call fails with it.
  /// Throws std::invalid_argument for options that cannot be meant.
  explicit Channel(std::string target, ChannelOptions options = ChannelOptions());
  /// On a loop of `runtime`, or on all of them; it must outlive the channel with its calls and streams.
  Channel(Runtime& runtime, std::string target, ChannelOptions options = ChannelOptions());
  /// Any thread, any moment: calls under way end with CANCELLED, each exactly once; later use of their
  /// streams gives clear statuses. Returns when they have ended; only on a loop's thread, where waiting would
  /// block, they end soon after.
  ~Channel();

  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  /// Possibly outdated as soon as it is returned. With several connections, gRPC's sum of them: READY if one
  /// is, otherwise CONNECTING if one is, otherwise IDLE if one is.
  [[nodiscard]] ConnectivityState state() const;
  /// Completes with the state as soon as that is not `last`, which may be at once, or with `last` when
  /// `deadline` has passed. With `shutdown` when the channel is destroyed, whatever `last` is. Any number may
  /// wait at the same time.
  ///
  ///     for (auto state = channel.state(); state != ConnectivityState::shutdown;
  ///          state = co_await channel.state_change(state))
  ///       show(state);
  ///
  /// Whoever asks again before the next change sees every state, in order. A Task or a callback on the
  /// channel's loop that asks again at once always does, save that the loops of a `connection_per_loop`
  /// do not wait for each other. Whoever comes later sees the state of that moment: the ones between are
  /// skipped.
  [[nodiscard]] Op<ConnectivityState> state_change(
      ConnectivityState last,
      std::optional<std::chrono::steady_clock::time_point> deadline = std::nullopt) const;
  /// Connects without a call, if it is idle (with several loops, those of them that are). Nothing follows a
  /// failure: the channel becomes idle again when its backoff is over.
  void connect();

  [[nodiscard]] const std::string& target() const;
  /// OK, or what is wrong with the target and what to write instead.
  [[nodiscard]] const Status& status() const;

  /// For farcall and generated code.
  [[nodiscard]] const std::shared_ptr<client::CoreSet>& cores() const { return cores_; }

 private:
  std::unique_ptr<Runtime> own_runtime_;
  std::shared_ptr<client::CoreSet> cores_;
};

}  // namespace farcall

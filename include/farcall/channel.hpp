#pragma once

#include <farcall/codec.hpp>
#include <farcall/status.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace farcall {

class Runtime;

namespace client {
class ChannelCore;
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

/// How a channel connects. The defaults are gRPC's own.
struct ChannelOptions {
  ChannelOptions() {}

  /// The `:authority` of every call; empty: what the target says.
  std::string authority;
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
};

/// A way to one server, over connections that it makes and replaces by itself. What generated clients call
/// through.
///
/// Connects when the first call needs it, and again when a call needs it after a connection was lost. Calls
/// that the server provably did not see are sent once more on a new connection.
///
/// Any thread may start calls. Everything of the channel runs on one loop.
class Channel {
 public:
  /// `target`: "host:port", "dns:///host:port", "ipv4:127.0.0.1:50051", "ipv6:[::1]:50051", "unix:/path",
  /// "unix-abstract:name". Runs a Runtime of one loop (one thread) of its own. If the target makes no sense,
  /// `status()` says so and every call fails with it.
  explicit Channel(std::string target, ChannelOptions options = ChannelOptions());
  /// On a loop of `runtime`, which must outlive the channel with its calls and streams.
  Channel(Runtime& runtime, std::string target, ChannelOptions options = ChannelOptions());
  /// Any thread, any moment: calls under way end with CANCELLED, each exactly once; later use of their
  /// streams gives clear statuses. Returns when they have ended; only on a loop's thread, where waiting would
  /// block, they end soon after.
  ~Channel();

  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  /// Any thread. Possibly outdated as soon as it is returned.
  [[nodiscard]] ConnectivityState state() const;
  [[nodiscard]] const std::string& target() const;
  /// OK, or what is wrong with the target and what to write instead.
  [[nodiscard]] const Status& status() const;

  /// For farcall and generated code.
  [[nodiscard]] const std::shared_ptr<client::ChannelCore>& core() const { return core_; }

 private:
  std::unique_ptr<Runtime> own_runtime_;
  std::shared_ptr<client::ChannelCore> core_;
};

}  // namespace farcall

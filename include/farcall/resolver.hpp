#pragma once

#include <farcall/result.hpp>
#include <farcall/task.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace farcall {

/// Finds a server's addresses in a way of your own: a registry, a file, a name service. Given to a channel
/// with `ChannelOptions::resolvers`:
///
///     class Registry final : public farcall::Resolver {
///      public:
///       std::string_view scheme() const override { return "registry"; }
///       farcall::Task<farcall::Result<std::vector<std::string>>> resolve(const std::string& name) override;
///     };
///     options.resolvers.push_back(std::make_shared<Registry>());
///     farcall::Channel channel("registry:///orders", options);
///
/// Shared by the channels that it is given to, which ask on their own loops: with several loops, from several
/// threads at once.
class Resolver {
 public:
  Resolver() = default;
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;
  virtual ~Resolver() = default;

  /// "registry" for targets such as "registry:orders" and "registry:///orders". The same every time. It goes
  /// before a scheme of farcall's own with that name, and before a host: with the scheme "consul" the target
  /// "consul:8500" asks the resolver for "8500", and the host of that name is "dns:///consul:8500". Any other
  /// "host:port" is never given to a resolver.
  [[nodiscard]] virtual std::string_view scheme() const = 0;

  /// The addresses of `name`, which is what the target says behind the scheme's colon, without the three
  /// slashes, if it has them. In the order to try them; each as a target is written, but an address, not a
  /// name: "127.0.0.1:9000", "[::1]:9000", "ipv4:10.0.0.1:80,10.0.0.2:80", "unix:/run/orders".
  ///
  /// Asked anew for every attempt to connect; what it gave is not kept. The Task runs on the channel's loop,
  /// which it must not block, and is destroyed where it waits when the channel goes or the attempt's
  /// `connect_timeout` passes. (One that waits for something foreign then, an operation of Asio's for
  /// instance, is told to stop and is destroyed at its next suspension point of farcall, after a warning in
  /// the log: if the channel's runtime ends before the foreign wait does, it is never destroyed, since
  /// whoever it waits for may yet resume it.) `name` lives as long as the Task.
  ///
  /// A status that is not OK, no address at all, one that makes no sense, or an exception: the attempt has
  /// failed, and calls that do not wait fail with UNAVAILABLE and one line that says why.
  [[nodiscard]] virtual Task<Result<std::vector<std::string>>> resolve(const std::string& name) = 0;
};

}  // namespace farcall

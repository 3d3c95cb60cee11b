#pragma once

#include "base/time.hpp"
#include "http2/connection.hpp"
#include "net/target.hpp"

#include <farcall/channel.hpp>
#include <farcall/resolver.hpp>
#include <farcall/status.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace farcall::client {

/// What a channel was made with, understood; the same for all its cores, and never changed.
struct ChannelSetup {
  /// `engine`: what `options` do not say. Throws std::invalid_argument for options that cannot be meant.
  ChannelSetup(std::string target_text, ChannelOptions channel_options,
               const http2::Config& engine = http2::Config());

  std::string target_text;
  ChannelOptions options;  ///< every time is within what the clock can count with
  http2::Config engine;

  /// Not OK: the target makes no sense, and none of what follows counts.
  Status target_status;
  net::Target target;                  ///< unless there is a resolver
  std::shared_ptr<Resolver> resolver;  ///< null for farcall's own schemes
  std::string name;                    ///< what the resolver is asked for
  std::string authority;
  std::string user_agent;

 private:
  void understand_target();
  /// Whether one of the resolvers is for it; if so, sets it up.
  [[nodiscard]] bool take_resolver();
};

/// A whole `user-agent`: what the user says of himself, if anything, in front of farcall's own. Throws
/// std::invalid_argument for what cannot stand there.
[[nodiscard]] std::string full_user_agent(std::string_view users);

}  // namespace farcall::client

#include "client/channel_setup.hpp"

#include "net/host_port.hpp"
#include "protocol/grpc_client.hpp"
#include "rpc/codec.hpp"

#include <farcall/call_options.hpp>
#include <farcall/server_context.hpp>

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <utility>

namespace farcall {

namespace client {

namespace {

using std::chrono::milliseconds;

milliseconds countable(milliseconds time) {
  return std::clamp<milliseconds>(time, milliseconds(0), std::chrono::hours(24 * 365 * 100));
}

/// In an authority as it is (RFC 3986 §3.2), of characters that a header may have.
bool is_authority_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("-._~!$&'()*+,;=:[]@").find(c) != std::string_view::npos;
}

std::string as_authority(std::string_view name) {
  static constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string authority;
  for (const char c : name) {
    if (is_authority_character(c)) {
      authority += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      authority += '%';
      authority += kHex[byte >> 4];
      authority += kHex[byte & 15];
    }
  }
  return authority;
}

void require_user_agent(std::string_view text) {
  const bool good = std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c <= 0x7e; }) &&
                    text.front() != ' ' && text.back() != ' ';
  if (!good) {
    throw std::invalid_argument(
        "farcall: a user agent is printable ASCII without spaces at its ends, such as \"orders/2.1\"");
  }
}

}  // namespace

std::string full_user_agent(std::string_view users) {
  if (users.empty()) return std::string(protocol::kUserAgent);
  require_user_agent(users);
  return std::string(users) + ' ' + std::string(protocol::kUserAgent);
}

ChannelSetup::ChannelSetup(std::string text, ChannelOptions channel_options, const http2::Config& config)
    : target_text(std::move(text)), options(std::move(channel_options)), engine(config) {
  user_agent = full_user_agent(options.user_agent);
  for (const std::shared_ptr<Resolver>& each : options.resolvers) {
    if (!each) throw std::invalid_argument("farcall: one of ChannelOptions::resolvers is null");
  }
  for (milliseconds* time : {&options.connect_timeout, &options.initial_backoff, &options.max_backoff,
                             &options.keepalive_time, &options.keepalive_timeout, &options.idle_timeout}) {
    *time = countable(*time);
  }
  understand_target();
  if (target_status.ok() && options.codec) target_status = rpc::check_codec(*options.codec);
  if (!options.authority.empty()) authority = options.authority;
}

void ChannelSetup::understand_target() {
  if (take_resolver()) return;
  net::Parsed<net::Target> parsed = net::parse_target(target_text);
  if (!parsed) {
    target_status = Status::unavailable(parsed.error());
    return;
  }
  target = std::move(*parsed);
  authority = target.authority;
}

bool ChannelSetup::take_resolver() {
  for (const std::shared_ptr<Resolver>& each : options.resolvers) {
    const std::string_view scheme = each->scheme();
    std::string_view rest = target_text;
    if (scheme.empty() || !net::take_prefix(rest, scheme) || !net::take_prefix(rest, ":")) continue;
    static_cast<void>(net::take_prefix(rest, "///"));
    if (rest.empty()) {
      target_status = Status::unavailable("the target '" + target_text +
                                          "' cannot be used: there is nothing behind the scheme for the "
                                          "resolver to look for");
    }
    resolver = each;
    name = rest;
    authority = as_authority(rest);
    return true;
  }
  return false;
}

}  // namespace client

CallOptions& CallOptions::user_agent(std::string text) & {
  own_extras().user_agent = text.empty() ? std::string() : client::full_user_agent(text);
  return *this;
}

CallOptions& CallOptions::parent(ServerContext& context) & {
  own_extras().parent_deadline = context.deadline();
  own_extras().parent_token = context.stop_token();
  return *this;
}

}  // namespace farcall

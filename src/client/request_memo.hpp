#pragma once

#include "http/header_map.hpp"

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace farcall::client {

/// The request headers of a session's plain calls, which differ in nothing but their path: a few methods'
/// are remembered, for a client calls the same ones again and again. What is the same need not be put
/// together again, and the engine, which is given the same content, need not encode it again.
class RequestMemo {
 public:
  /// Null if they are not known. Valid until the next `learn`.
  [[nodiscard]] const http::HeaderMap* find(std::string_view path) const {
    const Known& known = known_[place_of(path)];
    return known.path == path && !path.empty() ? &known.headers : nullptr;
  }
  void learn(std::string_view path, const http::HeaderMap& headers) {
    Known& known = known_[place_of(path)];
    known.path = path;
    known.headers = headers;
  }

 private:
  struct Known {
    std::string path;
    http::HeaderMap headers;
  };
  static constexpr std::size_t kKnown = 8;

  /// Methods of one service differ most at the end of their names.
  [[nodiscard]] static std::size_t place_of(std::string_view path) {
    const auto last = path.empty() ? 0U : static_cast<unsigned char>(path.back());
    return (path.size() + last) % kKnown;
  }

  std::array<Known, kKnown> known_;
};

}  // namespace farcall::client

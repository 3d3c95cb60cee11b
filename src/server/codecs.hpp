#pragma once

#include <farcall/codec.hpp>
#include <farcall/status.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace farcall::server {

/// The codecs of a server beside protobuf. Filled in before it starts.
class Codecs {
 public:
  /// Not OK if its name is not one, or taken.
  Status add(std::shared_ptr<const Codec> codec);

  /// For protocol::parse_request.
  [[nodiscard]] std::span<const std::string_view> names() const { return names_; }
  /// Null for protobuf, and for what is not there.
  [[nodiscard]] const Codec* find(std::string_view subtype) const {
    for (std::size_t i = 0; i < names_.size(); ++i) {
      if (names_[i] == subtype) return codecs_[i].get();
    }
    return nullptr;
  }

  /// Of what `find` has given.
  [[nodiscard]] std::shared_ptr<const Codec> owner_of(const Codec* codec) const;

 private:
  std::vector<std::string_view> names_;
  std::vector<std::shared_ptr<const Codec>> codecs_;
};

}  // namespace farcall::server

#include "server/codecs.hpp"

#include "rpc/codec.hpp"

#include <string>
#include <utility>

namespace farcall::server {

Status Codecs::add(std::shared_ptr<const Codec> codec) {
  if (codec == nullptr) return Status::invalid_argument("a null codec was added to the server");
  if (Status checked = rpc::check_codec(*codec); !checked.ok()) return checked;
  if (find(codec->name()) != nullptr) {
    return Status::already_exists("two codecs are named '" + std::string(codec->name()) +
                                  "': add only one of them");
  }
  names_.push_back(codec->name());
  codecs_.push_back(std::move(codec));
  return Status();
}

std::shared_ptr<const Codec> Codecs::owner_of(const Codec* codec) const {
  for (const std::shared_ptr<const Codec>& owner : codecs_) {
    if (owner.get() == codec) return owner;
  }
  return nullptr;
}

}  // namespace farcall::server

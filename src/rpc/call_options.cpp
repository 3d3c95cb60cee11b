#include <farcall/call_options.hpp>

namespace farcall {

CallOptions::CallOptions(const CallOptions& other)
    : deadline_(other.deadline_),
      timeout_(other.timeout_),
      max_receive_message_size_(other.max_receive_message_size_),
      collect_(other.collect_),
      extras_(other.extras_ ? std::make_unique<Extras>(*other.extras_) : nullptr),
      wait_for_ready_(other.wait_for_ready_) {}

CallOptions::Extras& CallOptions::own_extras() {
  if (!extras_) extras_ = std::make_unique<Extras>();
  return *extras_;
}

}  // namespace farcall

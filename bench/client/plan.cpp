#include "client/plan.hpp"

#include "program/complex_message.hpp"
#include "program/metadata_entries.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace bench {
namespace {

farcall::Status check_sum(const farcall::Result<benchmark::SumReply>& reply, std::int64_t expected) {
  if (!reply.ok()) return reply.status();
  if (reply->result() == static_cast<std::int32_t>(expected)) return farcall::Status();
  return farcall::Status::data_loss("the sum is " + std::to_string(reply->result()) + ", not " +
                                    std::to_string(expected));
}

}  // namespace

Plan::Plan(const ClientOptions& options) : messages_(options.messages), metadata_(options.metadata) {
  sum_.set_a(kA);
  sum_.set_b(kB);
  sum_.set_return_metadata(metadata_ > 0);
  stream_.set_a(kA);
  stream_.set_b(kB);
  stream_.set_count(messages_);
  if (!complex_.ParseFromString(ComplexMessageBytes::make())) throw std::logic_error("no ComplexMessage");
  blob_.set_data(std::string(options.size, 'x'));
}

farcall::CallOptions Plan::options(long call) const {
  farcall::CallOptions options;
  for (int entry = 0; entry < metadata_; ++entry)
    options.metadata(metadata_name(entry), metadata_value(entry, static_cast<unsigned long>(call)));
  return options;
}

farcall::Status Plan::check(const farcall::Result<benchmark::SumReply>& reply) const {
  return check_sum(reply, kA + kB);
}

farcall::Status Plan::check_total(const farcall::Result<benchmark::SumReply>& reply) const {
  return check_sum(reply, std::int64_t{messages_} * (kA + kB));
}

farcall::Status Plan::check(const farcall::Result<benchmark::ComplexMessage>& reply) const {
  if (!reply.ok()) return reply.status();
  if (reply->train() == complex_.train() && reply->carriages_size() == complex_.carriages_size())
    return farcall::Status();
  return farcall::Status::data_loss("the message came back as another one");
}

farcall::Status Plan::check(const farcall::Result<benchmark::Blob>& reply) const {
  if (!reply.ok()) return reply.status();
  const std::string& data = reply->data();
  if (data.size() == blob_.data().size() && data.front() == 'x' && data.back() == 'x')
    return farcall::Status();
  return farcall::Status::data_loss("the bytes came back as others");
}

farcall::Status Plan::check(const farcall::Metadata& returned) const {
  const auto ours = std::count_if(
      returned.begin(), returned.end(),
      [](const farcall::Metadata::Entry& entry) { return entry.name.starts_with(kMetadataPrefix); });
  if (ours == metadata_) return farcall::Status();
  return farcall::Status::data_loss("metadata came back with " + std::to_string(ours) + " entries");
}

}  // namespace bench

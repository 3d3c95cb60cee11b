#pragma once

#include "benchmark.farcall.hpp"
#include "program/client_options.hpp"

#include <farcall/call_options.hpp>
#include <farcall/status.hpp>

#include <cstdint>

namespace bench {

/// What each call sends and what must come back.
class Plan {
 public:
  explicit Plan(const ClientOptions& options);

  static constexpr std::int32_t kA = 2;
  static constexpr std::int32_t kB = 3;

  [[nodiscard]] int messages() const { return messages_; }
  [[nodiscard]] const benchmark::SumRequest& sum() const { return sum_; }
  [[nodiscard]] const benchmark::StreamRequest& stream() const { return stream_; }
  [[nodiscard]] const benchmark::ComplexMessage& complex() const { return complex_; }
  [[nodiscard]] const benchmark::Blob& blob() const { return blob_; }

  /// With the metadata that the call of that number sends.
  [[nodiscard]] farcall::CallOptions options(long call) const;
  [[nodiscard]] bool has_metadata() const { return metadata_ > 0; }

  [[nodiscard]] farcall::Status check(const farcall::Result<benchmark::SumReply>& reply) const;
  /// Of CollectSum.
  [[nodiscard]] farcall::Status check_total(const farcall::Result<benchmark::SumReply>& reply) const;
  [[nodiscard]] farcall::Status check(const farcall::Result<benchmark::ComplexMessage>& reply) const;
  [[nodiscard]] farcall::Status check(const farcall::Result<benchmark::Blob>& reply) const;
  /// Of what came back beside the reply.
  [[nodiscard]] farcall::Status check(const farcall::Metadata& returned) const;

 private:
  int messages_;
  int metadata_;
  benchmark::SumRequest sum_;
  benchmark::StreamRequest stream_;
  benchmark::ComplexMessage complex_;
  benchmark::Blob blob_;
};

}  // namespace bench

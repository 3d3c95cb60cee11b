#pragma once

#include "base/bytes.hpp"

#include <farcall/buffer.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace farcall::http2 {

/// Bytes on their way to the transport: a batch that is being built, and one that is being written.
///
/// A batch is one run of copied bytes (frame headers, header blocks, small payloads) into which larger
/// payloads are inserted by reference. The batch that was handed out does not move or change until it is
/// consumed; then the two change places, so that a busy connection allocates nothing.
class Output {
 public:
  Output() = default;
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  // Building.
  /// Frames may be appended directly.
  [[nodiscard]] Buffer& building() { return building_->bytes; }
  void append(base::ByteView bytes) { building_->bytes.append(bytes); }
  void reference(const std::shared_ptr<const Buffer>& buffer, std::size_t offset, std::size_t size);
  /// A reply that the peer provoked was appended (hostile-input R2).
  void count_reply() { ++building_->replies; }

  /// Bytes built and not handed out.
  [[nodiscard]] std::size_t built() const { return building_->size(); }
  /// Bytes handed out and not consumed.
  [[nodiscard]] std::size_t in_flight() const { return writing_->size() - written_; }
  [[nodiscard]] bool empty() const { return built() == 0 && in_flight() == 0; }
  /// Provoked replies that are not consumed.
  [[nodiscard]] std::size_t replies() const { return building_->replies + writing_->replies; }
  /// Bytes ever built, and ever consumed: a frame that ended at `position` p has left us once consumed() >=
  /// p.
  [[nodiscard]] std::uint64_t position() const { return consumed_ + in_flight() + built(); }
  [[nodiscard]] std::uint64_t consumed_total() const { return consumed_; }

  // Writing.
  /// What was built is to be written. Only while nothing is in flight.
  void seal();
  /// Names what is in flight, as far as `gather` has room. Returns the number of entries used.
  std::size_t gather(std::span<base::ByteView> gather) const;
  void consume(std::size_t bytes);
  /// Gives back what memory holds nothing.
  void trim();

 private:
  struct Reference {
    std::size_t at = 0;  // where in `bytes` it is inserted
    base::ByteView view;
    std::shared_ptr<const Buffer> owner;
  };
  struct Batch {
    Buffer bytes;
    std::vector<Reference> references;
    std::size_t referenced = 0;
    std::size_t replies = 0;

    [[nodiscard]] std::size_t size() const { return bytes.size() + referenced; }
    void clear();
  };

  std::array<Batch, 2> batches_;
  Batch* building_ = &batches_[0];
  Batch* writing_ = &batches_[1];
  std::size_t written_ = 0;  // of *writing_
  std::uint64_t consumed_ = 0;
};

}  // namespace farcall::http2

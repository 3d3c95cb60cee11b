#include "http2/output.hpp"

#include <cassert>
#include <utility>

namespace farcall::http2 {
namespace {

/// Memory that a batch keeps from one use to the next: enough for what a stream queues before it is told to
/// wait, copied behind frame headers into memory that grows by doubling. Freshly mapped pages would cost more
/// than the copy.
constexpr std::size_t kKeptBusy = 160 * 1024;

/// Fills a gather list, skipping what was written already.
class Gatherer {
 public:
  Gatherer(std::span<base::ByteView> out, std::size_t skip) : out_(out), skip_(skip) {}

  void add(base::ByteView bytes) {
    if (skip_ >= bytes.size()) {
      skip_ -= bytes.size();
      return;
    }
    if (used_ == out_.size()) return;
    out_[used_++] = bytes.subspan(skip_);
    skip_ = 0;
  }
  [[nodiscard]] bool full() const { return used_ == out_.size(); }
  [[nodiscard]] std::size_t used() const { return used_; }

 private:
  std::span<base::ByteView> out_;
  std::size_t skip_;
  std::size_t used_ = 0;
};

}  // namespace

void Output::Batch::clear() {
  if (bytes.capacity() > kKeptBusy) {
    bytes = Buffer();
  } else {
    bytes.clear();
  }
  if (referenced > 0) references.clear();
  referenced = 0;
  replies = 0;
}

void Output::reference(const std::shared_ptr<const Buffer>& buffer, std::size_t offset, std::size_t size) {
  building_->references.push_back({building_->bytes.size(), buffer->view().subspan(offset, size), buffer});
  building_->referenced += size;
}

void Output::seal() {
  assert(in_flight() == 0);
  std::swap(building_, writing_);
}

std::size_t Output::gather(std::span<base::ByteView> gather) const {
  if (writing_->referenced == 0 && !gather.empty()) {
    gather.front() = writing_->bytes.view().subspan(written_);
    return 1;
  }
  Gatherer out(gather, written_);
  std::size_t from = 0;
  base::ByteView bytes = writing_->bytes.view();
  for (const Reference& reference : writing_->references) {
    out.add(bytes.subspan(from, reference.at - from));
    out.add(reference.view);
    from = reference.at;
    if (out.full()) return out.used();
  }
  out.add(bytes.subspan(from));
  return out.used();
}

void Output::consume(std::size_t bytes) {
  assert(bytes <= in_flight());
  written_ += bytes;
  consumed_ += bytes;
  if (written_ < writing_->size()) return;
  writing_->clear();
  written_ = 0;
}

void Output::trim() {
  for (Batch& batch : batches_) {
    if (batch.size() == 0) batch = Batch();
  }
}

}  // namespace farcall::http2

#include "program/output.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <sys/uio.h>

namespace bench {

void Output::refer_to(std::string_view bytes) {
  references_.push_back({bytes_.size(), bytes});
}

Flushed Output::flush(int descriptor) {
  while (bytes_.size() > written_ || done_ < references_.size()) {
    std::array<iovec, 64> pieces;
    std::size_t count = 0;
    std::size_t own = written_;
    const auto add = [&](const char* begin, std::size_t size) {
      if (size > 0) pieces[count++] = {const_cast<char*>(begin), size};
    };
    for (std::size_t i = done_; i < references_.size() && count + 2 < pieces.size(); ++i) {
      add(bytes_.data() + own, references_[i].position - own);
      add(references_[i].bytes.data(), references_[i].bytes.size());
      own = references_[i].position;
    }
    if (count + 2 < pieces.size()) add(bytes_.data() + own, bytes_.size() - own);
    const ssize_t put = ::writev(descriptor, pieces.data(), static_cast<int>(count));
    if (put < 0 && errno == EAGAIN) return Flushed::partly;
    if (put <= 0) return Flushed::broken;
    consume(static_cast<std::size_t>(put));
  }
  bytes_.clear();
  written_ = 0;
  references_.clear();
  done_ = 0;
  return Flushed::wholly;
}

void Output::consume(std::size_t count) {
  for (; done_ < references_.size(); ++done_) {
    Reference& next = references_[done_];
    const std::size_t own = std::min(count, next.position - written_);
    written_ += own;
    count -= own;
    const std::size_t referred = std::min(count, next.bytes.size());
    next.bytes.remove_prefix(referred);
    count -= referred;
    if (!next.bytes.empty() || written_ < next.position) return;
  }
  written_ += count;
}

}  // namespace bench

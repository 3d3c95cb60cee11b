#include "rpc/parse.hpp"

#include <climits>
#include <google/protobuf/io/zero_copy_stream.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

namespace farcall::rpc {
namespace {

/// The pieces as protobuf reads them.
class PiecesInput final : public google::protobuf::io::ZeroCopyInputStream {
 public:
  explicit PiecesInput(std::span<const base::ByteView> pieces) : pieces_(pieces) {}

  bool Next(const void** data, int* size) override {
    while (used_ == current_.size()) {
      if (pieces_.empty()) return false;
      current_ = pieces_.front();
      pieces_ = pieces_.subspan(1);
      used_ = 0;
    }
    const base::ByteView rest = current_.subspan(used_);
    *data = rest.data();
    *size = static_cast<int>(rest.size());
    pass(rest.size());
    return true;
  }
  void BackUp(int count) override {
    used_ -= static_cast<std::size_t>(count);
    passed_ -= count;
  }
  bool Skip(int count) override {
    for (const void* data = nullptr; count > 0;) {
      int size = 0;
      if (!Next(&data, &size)) return false;
      if (size > count) BackUp(size - count);
      count -= std::min(size, count);
    }
    return true;
  }
  [[nodiscard]] std::int64_t ByteCount() const override { return passed_; }

 private:
  void pass(std::size_t count) {
    used_ += count;
    passed_ += static_cast<std::int64_t>(count);
  }

  std::span<const base::ByteView> pieces_;  // behind the current one
  base::ByteView current_;
  std::size_t used_ = 0;  // of the current one
  std::int64_t passed_ = 0;
};

}  // namespace

bool parse(const MessageView& bytes, google::protobuf::MessageLite& message) {
  if (bytes.size() > INT_MAX) return false;
  PiecesInput input(bytes.pieces());
  // Bounded, so that no field makes room for more than has come.
  return message.ParseFromBoundedZeroCopyStream(&input, static_cast<int>(bytes.size()));
}

}  // namespace farcall::rpc

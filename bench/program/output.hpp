#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

enum class Flushed : std::uint8_t {
  wholly,
  partly,  ///< The socket takes no more for now.
  broken   ///< It never will again.
};

/// What is to be written to a socket: bytes of its own, and bytes of large messages, which are not copied.
class Output {
 public:
  /// To append to. Frames go here.
  [[nodiscard]] std::string& bytes() { return bytes_; }
  /// The next bytes are these, which outlive the object. They follow everything in `bytes`.
  void refer_to(std::string_view bytes);

  [[nodiscard]] bool empty() const { return bytes_.size() == written_ && references_.empty(); }
  [[nodiscard]] Flushed flush(int descriptor);

 private:
  /// `bytes`, behind the first `position` of the object's own.
  struct Reference {
    std::size_t position;
    std::string_view bytes;
  };
  void consume(std::size_t count);

  std::string bytes_;
  std::size_t written_ = 0;
  std::vector<Reference> references_;
  std::size_t done_ = 0;  // references that are written
};

}  // namespace bench

#pragma once
// The parts of a generated file, in the order they are put together by emit.cpp.

#include "codegen/model.hpp"

#include <string>
#include <vector>

namespace farcall::codegen {

/// Text that grows by lines, each indented as deep as the code stands.
class Lines {
 public:
  explicit Lines(int depth) : indent_(static_cast<std::size_t>(depth) * 2, ' ') {}
  Lines& operator<<(const std::string& line) {
    if (!line.empty()) text_ += indent_ + line;
    text_ += '\n';
    return *this;
  }
  /// The comment of the .proto, as a documentation comment.
  void comment(const std::vector<std::string>& lines) {
    for (const std::string& line : lines)
      *this << (line.empty() ? "///" : "///" + (line[0] == ' ' ? line : " " + line));
  }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string indent_;
  std::string text_;
};

/// Handlers: coroutines that run on an event loop, or plain functions that run on a pool.
enum class Handlers { coroutines, blocking };

[[nodiscard]] std::string declare_service(const ServiceModel& service, Handlers handlers);
[[nodiscard]] std::string define_service(const ServiceModel& service, Handlers handlers);
[[nodiscard]] std::string declare_client(const ServiceModel& service);
[[nodiscard]] std::string define_client(const ServiceModel& service);

}  // namespace farcall::codegen

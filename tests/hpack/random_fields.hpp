#pragma once

#include "dialogue.hpp"

#include <initializer_list>
#include <random>
#include <string>

namespace farcall::hpack::test {

/// Header blocks as a seed draws them: some fields from the static table, some that come again, some that are
/// new, some large, some never indexed.
class RandomFields {
 public:
  explicit RandomFields(unsigned seed) : random_(seed) {}

  int below(int bound) { return static_cast<int>(random_() % static_cast<unsigned>(bound)); }

  int one_of(std::initializer_list<int> values) {
    return values.begin()[below(static_cast<int>(values.size()))];
  }

  Fields block() {
    Fields fields(static_cast<std::size_t>(below(12)));
    for (TestField& field : fields) field = {name(), value(), below(8) == 0};
    return fields;
  }

 private:
  std::string name() {
    static constexpr const char* kNames[] = {":path",          ":method", ":status", "grpc-timeout",
                                             "content-length", "te",      "cookie",  "content-type",
                                             "user-agent",     "x"};
    if (below(4) != 0) return kNames[below(10)];
    return text(one_of({1, 5, 20, 200}), 26, 'a');
  }

  std::string value() {
    static constexpr const char* kValues[] = {
        "", "GET", "200", "trailers", "application/grpc", "/package.Service/Method"};
    if (below(2) != 0) return kValues[below(6)];
    if (below(3) != 0) return text(1, 10, '0');
    return text(one_of({3, 30, 300, below(50) == 0 ? 6000 : 10}), below(2) == 0 ? 256 : 64, ' ');
  }

  std::string text(int most, int alphabet, char first) {
    std::string text(static_cast<std::size_t>(below(most) + 1), '\0');
    for (char& c : text) c = static_cast<char>(first + below(alphabet));
    return text;
  }

  std::mt19937 random_;
};

}  // namespace farcall::hpack::test

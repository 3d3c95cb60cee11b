#include "framing.hpp"

#include <cstdint>
#include <stdexcept>
#include <string>

namespace conformance {
namespace {

constexpr std::size_t kPrefixSize = 4;
/// The suite's largest message is a little above a mebibyte; more means that the two have lost step.
constexpr std::uint32_t kLargest = 64 * 1024 * 1024;

}  // namespace

bool read_message(std::FILE* in, google::protobuf::MessageLite& message) {
  unsigned char prefix[kPrefixSize];
  const std::size_t got = std::fread(prefix, 1, kPrefixSize, in);
  if (got == 0) return false;
  std::uint32_t size = 0;
  for (unsigned char byte : prefix) size = size << 8 | byte;
  if (got < kPrefixSize || size > kLargest)
    throw std::runtime_error("the input is not what the suite writes");
  std::string bytes(size, '\0');
  if (std::fread(bytes.data(), 1, size, in) != size || !message.ParseFromString(bytes))
    throw std::runtime_error("the input holds no " + message.GetTypeName());
  return true;
}

void write_message(std::FILE* out, const google::protobuf::MessageLite& message) {
  const std::string bytes = message.SerializeAsString();
  std::string framed;
  for (int shift = 24; shift >= 0; shift -= 8) framed.push_back(static_cast<char>(bytes.size() >> shift));
  framed += bytes;
  if (std::fwrite(framed.data(), 1, framed.size(), out) != framed.size() || std::fflush(out) != 0)
    throw std::runtime_error("the answer could not be written");
}

}  // namespace conformance

#pragma once

#include <google/protobuf/message_lite.h>

#include <cstdio>

/// How the Connect conformance suite talks with a program under test: messages on its standard input and
/// output, each behind its length in four bytes, big-endian.
namespace conformance {

/// False at the end of the input. Throws std::runtime_error for an input that ends within a message, or that
/// is none.
[[nodiscard]] bool read_message(std::FILE* in, google::protobuf::MessageLite& message);

/// Throws std::runtime_error when the reader has gone.
void write_message(std::FILE* out, const google::protobuf::MessageLite& message);

}  // namespace conformance

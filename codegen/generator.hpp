#pragma once

#include <google/protobuf/compiler/code_generator.h>

#include <string>

namespace farcall::codegen {

/// Writes STEM.farcall.hpp and STEM.farcall.cpp for one .proto. Takes no parameters.
///
/// A .proto without services gets files that only include its messages, so that a build may list it among
/// others; a line on stderr says so.
class Generator final : public google::protobuf::compiler::CodeGenerator {
 public:
  bool Generate(const google::protobuf::FileDescriptor* file, const std::string& parameter,
                google::protobuf::compiler::GeneratorContext* context, std::string* error) const override;
  std::uint64_t GetSupportedFeatures() const override { return FEATURE_PROTO3_OPTIONAL; }
};

}  // namespace farcall::codegen

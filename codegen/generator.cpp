#include "codegen/generator.hpp"

#include "codegen/emit.hpp"
#include "codegen/model.hpp"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream.h>

#include <iostream>
#include <memory>

namespace farcall::codegen {
namespace {

void write(google::protobuf::compiler::GeneratorContext& context, const std::string& name,
           const std::string& text) {
  std::unique_ptr<google::protobuf::io::ZeroCopyOutputStream> output(context.Open(name));
  google::protobuf::io::CodedOutputStream(output.get()).WriteString(text);
}

}  // namespace

bool Generator::Generate(const google::protobuf::FileDescriptor* file, const std::string& parameter,
                         google::protobuf::compiler::GeneratorContext* context, std::string* error) const {
  if (!parameter.empty()) {
    *error = "farcall's generator takes no options, but got \"" + parameter + "\": remove --farcall_opt";
    return false;
  }
  FileModel model = model_of(*file);
  if (model.services.empty()) {
    std::cerr << "protoc-gen-farcall: " << model.proto
              << " declares no service: its files only include the messages; add a service, or leave it to "
                 "--cpp_out\n";
  }
  write(*context, model.stem + ".farcall.hpp", emit_header(model));
  write(*context, model.stem + ".farcall.cpp", emit_source(model));
  return true;
}

}  // namespace farcall::codegen

#include "codegen/generator.hpp"

#include <google/protobuf/compiler/plugin.h>

int main(int argc, char** argv) {
  farcall::codegen::Generator generator;
  return google::protobuf::compiler::PluginMain(argc, argv, &generator);
}

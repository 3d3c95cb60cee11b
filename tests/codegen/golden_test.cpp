#include "codegen/emit.hpp"
#include "codegen/model.hpp"

#include <google/protobuf/compiler/importer.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

namespace farcall::codegen {
namespace {

namespace pbc = google::protobuf::compiler;

class Errors : public pbc::MultiFileErrorCollector {
 public:
  void AddError(const std::string& file, int line, int, const std::string& text) override {
    ADD_FAILURE() << file << ":" << line + 1 << ": " << text;
  }
};

std::string content_of(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// Compares with the file beside the .proto; FARCALL_UPDATE_GOLDEN=1 writes it anew instead.
void expect_golden(const std::string& path, const std::string& generated) {
  if (std::getenv("FARCALL_UPDATE_GOLDEN") != nullptr) std::ofstream(path) << generated;
  EXPECT_EQ(content_of(path), generated) << path
                                         << " is not what the generator makes; if the change is meant, run "
                                            "the test with FARCALL_UPDATE_GOLDEN=1";
}

class Golden : public testing::TestWithParam<const char*> {};

TEST_P(Golden, FilesAreWhatTheGeneratorMakes) {
  pbc::DiskSourceTree tree;
  tree.MapPath("", FARCALL_TESTDATA);
  tree.MapPath("", "/usr/include");
  Errors errors;
  pbc::Importer importer(&tree, &errors);
  const google::protobuf::FileDescriptor* file = importer.Import(std::string(GetParam()) + ".proto");
  ASSERT_NE(file, nullptr);
  FileModel model = model_of(*file);
  std::string stem = std::string(FARCALL_TESTDATA) + "/" + GetParam();
  expect_golden(stem + ".farcall.hpp.golden", emit_header(model));
  expect_golden(stem + ".farcall.cpp.golden", emit_source(model));
}

INSTANTIATE_TEST_SUITE_P(Protos, Golden, testing::Values("kinds", "names", "no_package", "shared/types"));

}  // namespace
}  // namespace farcall::codegen

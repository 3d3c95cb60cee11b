// The hpack-test-case suite: what many encoders made of the same header lists. FARCALL_HPACK_TEST_CASE names
// its folder.

#include "dialogue.hpp"
#include "nghttp2_peer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

namespace farcall::hpack::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* kVariable = "FARCALL_HPACK_TEST_CASE";
constexpr const char* kHeadersOnly = "raw-data";

struct Case {
  Bytes wire;
  Fields fields;
  std::optional<std::size_t> table_size;  // that the decoder announced right before
};
using Story = std::vector<Case>;

Story read_story(const fs::path& file) {
  std::ifstream in(file);
  const json document = json::parse(in);
  Story story;
  for (const json& item : document.at("cases")) {
    Case c;
    c.wire = hex(item.value("wire", ""));
    if (item.contains("header_table_size") && !item["header_table_size"].is_null()) {
      c.table_size = item["header_table_size"].get<std::size_t>();
    }
    for (const json& header : item.at("headers")) {
      for (const auto& [name, value] : header.items()) c.fields.push_back({name, value.get<std::string>()});
    }
    story.push_back(std::move(c));
  }
  return story;
}

std::vector<fs::path> stories_in(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

class HpackTestCase : public testing::Test {
 protected:
  void SetUp() override {
    const char* const folder = std::getenv(kVariable);
    if (folder == nullptr || *folder == '\0') {
      GTEST_SKIP() << "set " << kVariable << " to a copy of the hpack-test-case suite to run this test";
    }
    folder_ = folder;
    ASSERT_TRUE(fs::is_directory(folder_)) << kVariable << " names no folder: " << folder_;
  }

  /// Decodes every story of every encoder by `decode_case`, one decoder for each story.
  void expect_all_decoded(const std::function<Outcome(Decoder&, const Case&)>& decode_case) const {
    std::size_t blocks = 0;
    for (const auto& encoder : fs::directory_iterator(folder_)) {
      if (!encoder.is_directory() || encoder.path().filename() == kHeadersOnly) continue;
      for (const fs::path& file : stories_in(encoder.path())) {
        Decoder decoder;
        for (const Case& c : read_story(file)) {
          if (c.table_size) decoder.set_table_limit(*c.table_size);
          const Outcome outcome = decode_case(decoder, c);
          ASSERT_EQ(outcome.error, std::nullopt) << file << " " << to_hex(c.wire);
          // Some encoders mark fields as never indexed; the lists do not tell which.
          Fields fields = outcome.fields;
          for (TestField& field : fields) field.never_indexed = false;
          ASSERT_EQ(fields, c.fields) << file << " " << to_hex(c.wire);
          ++blocks;
        }
      }
    }
    RecordProperty("blocks", std::to_string(blocks));
    EXPECT_GT(blocks, 0U) << "no story in " << folder_;
  }

  std::vector<Story> headers_only() const {
    std::vector<Story> stories;
    for (const fs::path& file : stories_in(folder_ / kHeadersOnly)) stories.push_back(read_story(file));
    return stories;
  }

  fs::path folder_;
};

TEST_F(HpackTestCase, IsDecodedBlockByBlock) {
  expect_all_decoded([](Decoder& decoder, const Case& c) { return decode(decoder, c.wire); });
}

TEST_F(HpackTestCase, IsDecodedOctetByOctet) {
  expect_all_decoded(
      [](Decoder& decoder, const Case& c) { return decode(decoder, c.wire, Cut::kSingleOctets); });
}

TEST_F(HpackTestCase, IsDecodedInRandomFragments) {
  std::mt19937 random(446);
  expect_all_decoded([&random](Decoder& decoder, const Case& c) {
    Recorder recorder;
    std::optional<DecodeError> error;
    for (base::ByteView left = c.wire; !error && !left.empty();) {
      const std::size_t size = 1 + random() % left.size();
      error = decode_copy(decoder, left.first(size), size == left.size(), recorder);
      left = left.subspan(size);
    }
    return Outcome{recorder.fields, error};
  });
}

TEST_F(HpackTestCase, IsEncodedCompactlyAndReadableForUsAndForNghttp2) {
  constexpr std::size_t kBlocksOfTheFullSuite = 3384;
  constexpr std::size_t kMostOctets = 370000;
  std::size_t blocks = 0;
  std::size_t octets = 0;
  for (const Story& story : headers_only()) {
    Encoder encoder;
    Decoder decoder;
    Nghttp2Decoder peer;
    for (const Case& c : story) {
      const Bytes block = encode(encoder, c.fields);
      ASSERT_EQ(decode(decoder, block).fields, c.fields);
      ASSERT_EQ(peer.decode(block), c.fields);
      ++blocks;
      octets += block.size();
    }
  }
  RecordProperty("blocks", std::to_string(blocks));
  RecordProperty("octets", std::to_string(octets));
  ASSERT_GT(blocks, 0U);
  if (blocks == kBlocksOfTheFullSuite) {
    EXPECT_LE(octets, kMostOctets);
  }
}

TEST_F(HpackTestCase, IsEncodedReadablyWhileTheTableChanges) {
  std::mt19937 random(14);
  std::size_t blocks = 0;
  constexpr std::size_t kLimits[] = {0, 256, 1365, 4096};
  for (const Story& story : headers_only()) {
    Encoder encoder;
    Decoder decoder;
    Nghttp2Decoder peer;
    for (const Case& c : story) {
      const std::size_t limit = kLimits[random() % std::size(kLimits)];
      encoder.set_peer_table_limit(limit);
      decoder.set_table_limit(limit);
      peer.set_table_limit(limit);
      const Bytes block = encode(encoder, c.fields);
      ASSERT_EQ(decode(decoder, block).fields, c.fields);
      ASSERT_EQ(peer.decode(block), c.fields);
      ++blocks;
    }
  }
  RecordProperty("blocks", std::to_string(blocks));
  ASSERT_GT(blocks, 0U);
}

}  // namespace
}  // namespace farcall::hpack::test

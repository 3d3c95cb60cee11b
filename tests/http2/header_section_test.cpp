// RFC 9113 §8.2, §8.3: which header sections are well-formed. As tables.

#include "http2/header_section.hpp"

#include "hpack/decoder.hpp"
#include "hpack/encoder.hpp"
#include "hpack/static_table.hpp"
#include "http2/block_memo.hpp"
#include "http2/encode_memo.hpp"
#include "http2/field_rules.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace farcall::http2 {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;
using Kind = HeaderSection::Kind;

HeaderSection section_of(Kind kind, const Fields& fields, const Limits& limits = {}) {
  HeaderSection section(limits);
  section.begin(kind);
  section.provide({});
  for (const auto& [name, value] : fields) section.on_field(name, value, {});
  return section;
}

const Fields kRequest = {{":method", "POST"}, {":scheme", "http"}, {":path", "/a"}};

Fields request_with(const Fields& more) {
  Fields fields = kRequest;
  fields.insert(fields.end(), more.begin(), more.end());
  return fields;
}

struct Row {
  const char* name;
  Kind kind;
  Fields fields;
  bool well_formed;
};

TEST(HeaderSection, IsWellFormedOrNot) {
  const std::vector<Row> rows = {
      {"the least request", Kind::request, kRequest, true},
      {"with authority", Kind::request, request_with({{":authority", "a"}}), true},
      {"empty authority", Kind::request, request_with({{":authority", ""}}), true},
      {"no method", Kind::request, {{":scheme", "http"}, {":path", "/"}}, false},
      {"no scheme", Kind::request, {{":method", "GET"}, {":path", "/"}}, false},
      {"no path", Kind::request, {{":method", "GET"}, {":scheme", "http"}}, false},
      {"nothing", Kind::request, {}, false},
      {"empty path", Kind::request, {{":method", "GET"}, {":scheme", "http"}, {":path", ""}}, false},
      {"path without slash is the router's matter",
       Kind::request,
       {{":method", "GET"}, {":scheme", "http"}, {":path", "a"}},
       true},
      {"two paths", Kind::request, request_with({{":path", "/b"}}), false},
      {"two methods", Kind::request, request_with({{":method", "GET"}}), false},
      {"two schemes", Kind::request, request_with({{":scheme", "http"}}), false},
      {"unknown pseudo field", Kind::request, request_with({{":protocol", "websocket"}}), false},
      {"a response's pseudo field", Kind::request, request_with({{":status", "200"}}), false},
      {"pseudo after regular", Kind::request, request_with({{"a", "b"}, {":authority", "a"}}), false},
      {"CONNECT", Kind::request, {{":method", "CONNECT"}, {":authority", "a:1"}}, true},
      {"CONNECT with path", Kind::request, request_with({}), true},
      {"CONNECT with scheme",
       Kind::request,
       {{":method", "CONNECT"}, {":authority", "a:1"}, {":scheme", "http"}},
       false},
      {"upper case", Kind::request, request_with({{"Name", "v"}}), false},
      {"empty name", Kind::request, request_with({{"", "v"}}), false},
      {"space in name", Kind::request, request_with({{"a b", "v"}}), false},
      {"colon in name", Kind::request, request_with({{"a:b", "v"}}), false},
      {"NUL in value", Kind::request, request_with({{"a", std::string("v\0w", 3)}}), false},
      {"CR in value", Kind::request, request_with({{"a", "v\rw"}}), false},
      {"LF late in value", Kind::request, request_with({{"a", "a value long enough for words\n."}}), false},
      {"tab inside", Kind::request, request_with({{"a", "a value\twith a tab, long enough"}}), true},
      {"space before", Kind::request, request_with({{"a", " v"}}), false},
      {"tab behind", Kind::request, request_with({{"a", "v\t"}}), false},
      {"one space", Kind::request, request_with({{"a", " "}}), false},
      {"bytes above 127", Kind::request, request_with({{"a", "\xc3\xa4\xff\x80\x81\x82\x83\x84"}}), true},
      {"connection", Kind::request, request_with({{"connection", "close"}}), false},
      {"keep-alive", Kind::request, request_with({{"keep-alive", "1"}}), false},
      {"proxy-connection", Kind::request, request_with({{"proxy-connection", "x"}}), false},
      {"transfer-encoding", Kind::request, request_with({{"transfer-encoding", "chunked"}}), false},
      {"upgrade", Kind::request, request_with({{"upgrade", "h2c"}}), false},
      {"te: trailers", Kind::request, request_with({{"te", "trailers"}}), true},
      {"te: gzip", Kind::request, request_with({{"te", "gzip"}}), false},
      {"content-length", Kind::request, request_with({{"content-length", "17"}}), true},
      {"content-length twice alike", Kind::request,
       request_with({{"content-length", "1"}, {"content-length", "1"}}), true},
      {"content-length twice", Kind::request,
       request_with({{"content-length", "1"}, {"content-length", "2"}}), false},
      {"content-length with sign", Kind::request, request_with({{"content-length", "+1"}}), false},
      {"content-length negative", Kind::request, request_with({{"content-length", "-1"}}), false},
      {"content-length empty", Kind::request, request_with({{"content-length", ""}}), false},
      {"content-length too large", Kind::request, request_with({{"content-length", "99999999999999999999"}}),
       false},
      {"the least response", Kind::response, {{":status", "200"}}, true},
      {"no status", Kind::response, {{"a", "b"}}, false},
      {"two statuses", Kind::response, {{":status", "200"}, {":status", "200"}}, false},
      {"status of two digits", Kind::response, {{":status", "20"}}, false},
      {"status of letters", Kind::response, {{":status", "2OO"}}, false},
      {"status 099", Kind::response, {{":status", "099"}}, false},
      {"status 101", Kind::response, {{":status", "101"}}, false},  // §8.6
      {"a request's pseudo field", Kind::response, {{":status", "200"}, {":path", "/"}}, false},
      {"trailers", Kind::trailers, {{"grpc-status", "0"}}, true},
      {"no trailers", Kind::trailers, {}, true},
      {"pseudo field in trailers", Kind::trailers, {{":status", "200"}}, false},
      {"connection in trailers", Kind::trailers, {{"connection", "close"}}, false},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(!section_of(row.kind, row.fields).malformed(), row.well_formed) << row.name;
    // What was noted of fields when they came first changes nothing, in sections of its kind or of another.
    hpack::Encoder encoder;
    hpack::Decoder decoder;
    for (const Kind kind : {Kind::response, row.kind, Kind::unwanted, Kind::trailers, row.kind}) {
      std::vector<std::byte> block;
      for (const auto& [name, value] : row.fields) encoder.field(name, value, false, block);
      HeaderSection section{Limits()};
      section.begin(kind);
      section.provide({});
      ASSERT_EQ(decoder.decode(block, true, section), std::nullopt);
      if (kind != row.kind) continue;
      EXPECT_EQ(!section.malformed(), row.well_formed) << row.name << ", decoded";
    }
  }
}

TEST(HeaderSection, JudgesTheStaticTablesFieldsAsOthers) {
  for (std::uint32_t index = 1; index <= hpack::kStaticCount; ++index) {
    const hpack::StaticField& field = hpack::static_field(index);
    for (const Kind kind : {Kind::request, Kind::response, Kind::trailers}) {
      HeaderSection by_text{Limits()};
      HeaderSection by_index{Limits()};
      by_text.begin(kind);
      by_index.begin(kind);
      hpack::FieldOrigin origin;
      origin.entry = index;
      EXPECT_EQ(by_text.on_field(field.name, field.value, {}),
                by_index.on_field(field.name, field.value, origin))
          << field.name;
      EXPECT_EQ(by_text.malformed(), by_index.malformed()) << field.name;
      EXPECT_EQ(by_text.fields(), by_index.fields()) << field.name;
    }
  }
}

TEST(HeaderSection, KeepsTheFieldsBeforeTheOneThatDidNotFit) {
  Limits limits;
  limits.max_header_list_size = 200;
  HeaderSection section =
      section_of(Kind::request, request_with({{"a", std::string(100, 'x')}, {"b", "small"}}), limits);
  EXPECT_TRUE(section.too_large());
  EXPECT_FALSE(section.malformed());
  EXPECT_EQ(section.excess(), HeaderSection::Excess::none);
  EXPECT_EQ(section.fields().size(), 3U);
}

TEST(HeaderSection, NeedsNoPseudoFieldsThatMayNotHaveFitted) {
  Limits limits;
  limits.max_header_count = 1;
  EXPECT_FALSE(section_of(Kind::request, kRequest, limits).malformed());
  EXPECT_TRUE(section_of(Kind::request, request_with({{"A", ""}}), limits).malformed());
}

TEST(HeaderSection, CountsWhatNobodyWants) {
  Limits limits;
  limits.max_header_count = 2;
  HeaderSection section(limits);
  section.begin(Kind::unwanted);
  for (int i = 0; i < 8; ++i) section.on_field("a", "b", {});
  EXPECT_EQ(section.excess(), HeaderSection::Excess::none);
  section.on_field("a", "b", {});
  EXPECT_EQ(section.excess(), HeaderSection::Excess::count);
  EXPECT_TRUE(section.fields().empty());
}

TEST(HeaderSection, CountsSkippedFieldsAsTooLarge) {
  HeaderSection section = section_of(Kind::request, kRequest);
  section.count_skipped(0);
  EXPECT_FALSE(section.too_large());
  section.count_skipped(1);
  EXPECT_TRUE(section.too_large());
  EXPECT_EQ(section.excess(), HeaderSection::Excess::none);
  section.count_skipped(5);
  EXPECT_EQ(section.excess(), HeaderSection::Excess::list_size);
}

TEST(FieldRules, FindForbiddenBytesAtEveryPlace) {
  for (std::size_t size = 1; size < 20; ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      for (int byte = 0; byte < 256; ++byte) {
        std::string value(size, 'v');
        value[at] = static_cast<char>(byte);
        const bool blank_at_end = (byte == ' ' || byte == '\t') && (at == 0 || at + 1 == size);
        const bool expected = byte != 0 && byte != '\r' && byte != '\n' && !blank_at_end;
        ASSERT_EQ(is_field_value(value), expected) << "byte " << byte << " at " << at << " of " << size;
      }
    }
  }
}

TEST(BlockMemo, KnowsABlockFromItsSecondComingOn) {
  const BlockMemo::Context context{3, 3, 4096, 4096};
  const base::ByteView block = base::as_bytes("block");
  const HeaderSection section = section_of(Kind::request, kRequest);
  BlockMemo memo;
  EXPECT_EQ(memo.find(block, context), nullptr);
  memo.learn(block, context, section);
  EXPECT_EQ(memo.find(block, context), nullptr);
  memo.learn(block, context, section);
  ASSERT_NE(memo.find(block, context), nullptr);
  EXPECT_EQ(memo.find(block, context)->fields(), section.fields());
  EXPECT_EQ(memo.find(base::as_bytes("blocK"), context), nullptr);
  EXPECT_EQ(memo.find(base::as_bytes("bloc"), context), nullptr);
  EXPECT_EQ(memo.find(block, {4, 3, 4096, 4096}), nullptr);
  EXPECT_EQ(memo.find(block, {3, 3, 4096, 256}), nullptr);
}

TEST(EncodeMemo, KnowsASectionUntilTheTableChanges) {
  const EncodeMemo::Context context{3, 3, 4096};
  http::HeaderMap headers;
  headers.append("grpc-status", "0");
  const base::ByteView block = base::as_bytes("encoded");
  EncodeMemo memo;
  memo.learn(headers, context, block);
  EXPECT_TRUE(memo.find(headers, context).empty());
  memo.learn(headers, context, block);
  EXPECT_EQ(base::as_text(memo.find(headers, context)), "encoded");
  EXPECT_TRUE(memo.find(headers, {4, 4, 4096}).empty());
  http::HeaderMap secret;
  secret.append("grpc-status", "0", true);
  EXPECT_TRUE(memo.find(secret, context).empty());
  memo.forget();
  EXPECT_TRUE(memo.find(headers, context).empty());
}

}  // namespace
}  // namespace farcall::http2

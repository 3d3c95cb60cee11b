// The examples of RFC 7541 Appendix C.

#include "dialogue.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace farcall::hpack::test {
namespace {

struct Exchange {
  std::string wire;
  Fields fields;
  Fields table;
  std::size_t table_size;
};

void expect_decoded(std::size_t table_limit, const std::vector<Exchange>& exchanges) {
  for (const Cut cut : {Cut::kWhole, Cut::kSingleOctets}) {
    Decoder decoder(table_limit);
    for (const Exchange& exchange : exchanges) {
      const Outcome outcome = decode(decoder, hex(exchange.wire), cut);
      EXPECT_EQ(outcome.error, std::nullopt);
      EXPECT_EQ(outcome.fields, exchange.fields);
      EXPECT_EQ(entries(decoder.table()), exchange.table);
      EXPECT_EQ(decoder.table().size(), exchange.table_size);
    }
  }
}

const Fields kFirstRequest = {
    {":method", "GET"}, {":scheme", "http"}, {":path", "/"}, {":authority", "www.example.com"}};
const Fields kSecondRequest = {{":method", "GET"},
                               {":scheme", "http"},
                               {":path", "/"},
                               {":authority", "www.example.com"},
                               {"cache-control", "no-cache"}};
const Fields kThirdRequest = {{":method", "GET"},
                              {":scheme", "https"},
                              {":path", "/index.html"},
                              {":authority", "www.example.com"},
                              {"custom-key", "custom-value"}};

std::vector<Exchange> requests(const std::vector<std::string>& wires) {
  return {
      {wires[0], kFirstRequest, {{":authority", "www.example.com"}}, 57},
      {wires[1], kSecondRequest, {{"cache-control", "no-cache"}, {":authority", "www.example.com"}}, 110},
      {wires[2],
       kThirdRequest,
       {{"custom-key", "custom-value"}, {"cache-control", "no-cache"}, {":authority", "www.example.com"}},
       164},
  };
}

const TestField kDate21 = {"date", "Mon, 21 Oct 2013 20:13:21 GMT"};
const TestField kDate22 = {"date", "Mon, 21 Oct 2013 20:13:22 GMT"};
const TestField kLocation = {"location", "https://www.example.com"};
const TestField kPrivate = {"cache-control", "private"};
const TestField kGzip = {"content-encoding", "gzip"};
const TestField kCookie = {"set-cookie", "foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1"};

const Fields kFirstResponse = {{":status", "302"}, kPrivate, kDate21, kLocation};
const Fields kSecondResponse = {{":status", "307"}, kPrivate, kDate21, kLocation};
const Fields kThirdResponse = {{":status", "200"}, kPrivate, kDate22, kLocation, kGzip, kCookie};

std::vector<Exchange> responses(const std::vector<std::string>& wires) {
  return {
      {wires[0], kFirstResponse, {kLocation, kDate21, kPrivate, {":status", "302"}}, 222},
      {wires[1], kSecondResponse, {{":status", "307"}, kLocation, kDate21, kPrivate}, 222},
      {wires[2], kThirdResponse, {kCookie, kGzip, kDate22}, 215},
  };
}

const std::vector<std::string> kRequestsInHuffman = {
    "828684418cf1e3c2e5f23a6ba0ab90f4ff",
    "828684be5886a8eb10649cbf",
    "828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf",
};

const std::vector<std::string> kResponsesInHuffman = {
    "488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8e9ae82ae"
    "43d3",
    "4883640effc1c0bf",
    "88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b335dfdfcd5b3960d5af"
    "27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007",
};

TEST(Rfc7541AppendixC, LiteralFieldWithIndexing) {
  expect_decoded(4096, {{"400a637573746f6d2d6b65790d637573746f6d2d686561646572",
                         {{"custom-key", "custom-header"}},
                         {{"custom-key", "custom-header"}},
                         55}});
}

TEST(Rfc7541AppendixC, LiteralFieldWithoutIndexing) {
  expect_decoded(4096, {{"040c2f73616d706c652f70617468", {{":path", "/sample/path"}}, {}, 0}});
}

TEST(Rfc7541AppendixC, LiteralFieldNeverIndexed) {
  expect_decoded(4096, {{"100870617373776f726406736563726574", {{"password", "secret", true}}, {}, 0}});
}

TEST(Rfc7541AppendixC, IndexedField) {
  expect_decoded(4096, {{"82", {{":method", "GET"}}, {}, 0}});
}

TEST(Rfc7541AppendixC, RequestsWithoutHuffmanCoding) {
  expect_decoded(4096, requests({"828684410f7777772e6578616d706c652e636f6d", "828684be58086e6f2d6361636865",
                                 "828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565"}));
}

TEST(Rfc7541AppendixC, RequestsWithHuffmanCoding) {
  expect_decoded(4096, requests(kRequestsInHuffman));
}

TEST(Rfc7541AppendixC, ResponsesWithoutHuffmanCodingEvictEntries) {
  expect_decoded(256,
                 responses({
                     "4803333032580770726976617465611d4d6f6e2c203231204f637420323031332032303a31333a323120"
                     "474d546e1768747470733a2f2f7777772e6578616d706c652e636f6d",
                     "4803333037c1c0bf",
                     "88c1611d4d6f6e2c203231204f637420323031332032303a31333a323220474d54c05a04677a69707738"
                     "666f6f3d4153444a4b48514b425a584f5157454f50495541585157454f49553b206d61782d6167653d33"
                     "3630303b2076657273696f6e3d31",
                 }));
}

TEST(Rfc7541AppendixC, ResponsesWithHuffmanCodingEvictEntries) {
  expect_decoded(256, responses(kResponsesInHuffman));
}

TEST(Rfc7541AppendixC, OurEncoderWritesTheRequestsExactlySo) {
  Encoder encoder;
  EXPECT_EQ(to_hex(encode(encoder, kFirstRequest)), kRequestsInHuffman[0]);
  EXPECT_EQ(to_hex(encode(encoder, kSecondRequest)), kRequestsInHuffman[1]);
  EXPECT_EQ(to_hex(encode(encoder, kThirdRequest)), kRequestsInHuffman[2]);
  EXPECT_EQ(encoder.table().size(), 164U);
}

TEST(Rfc7541AppendixC, OurEncoderWritesTheResponsesSoButForATieBetweenTheCodings) {
  Encoder encoder;
  encoder.set_peer_table_limit(256);
  EXPECT_EQ(to_hex(encode(encoder, kFirstResponse)), "3fe101" + kResponsesInHuffman[0]);
  // "307" has three octets either way. The example codes it; we do not, and spare the reader the work.
  EXPECT_EQ(to_hex(encode(encoder, kSecondResponse)), "4803333037c1c0bf");
  EXPECT_EQ(to_hex(encode(encoder, kThirdResponse)), kResponsesInHuffman[2]);
  EXPECT_EQ(entries(encoder.table()), (Fields{kCookie, kGzip, kDate22}));
}

}  // namespace
}  // namespace farcall::hpack::test

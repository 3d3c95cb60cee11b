#include "http/header_map.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace farcall::http {
namespace {

std::vector<std::string> lines_of(const HeaderMap& map) {
  std::vector<std::string> lines;
  for (Field field : map) {
    lines.push_back(std::string(field.name) + "=" + std::string(field.value) +
                    (field.never_indexed ? "!" : ""));
  }
  return lines;
}

TEST(HeaderMap, KeepsOrderDuplicatesAndTheWishNeverToBeIndexed) {
  HeaderMap map;
  map.append(":path", "/a");
  map.append("x", "1");
  map.append("x", "2", true);
  map.append("empty", "");
  EXPECT_EQ(lines_of(map), (std::vector<std::string>{":path=/a", "x=1", "x=2!", "empty="}));
}

TEST(HeaderMap, FindsTheFirstFieldOfAName) {
  HeaderMap map;
  map.append("x", "1");
  map.append("x", "2");
  EXPECT_EQ(map.find("x"), "1");
  EXPECT_EQ(map.find("y"), std::nullopt);
}

TEST(HeaderMap, KnowsNames) {
  const std::vector<std::pair<std::string, KnownName>> names = {
      {":method", KnownName::method},
      {":scheme", KnownName::scheme},
      {":authority", KnownName::authority},
      {":path", KnownName::path},
      {":status", KnownName::status},
      {"te", KnownName::te},
      {"host", KnownName::host},
      {"content-type", KnownName::content_type},
      {"content-length", KnownName::content_length},
      {"user-agent", KnownName::user_agent},
      {"grpc-timeout", KnownName::grpc_timeout},
      {"grpc-encoding", KnownName::grpc_encoding},
      {"grpc-status", KnownName::grpc_status},
      {"grpc-message", KnownName::grpc_message},
      {"grpc-status-details-bin", KnownName::grpc_status_details},
  };
  for (const auto& [name, known] : names) {
    EXPECT_EQ(known_name(name), known) << name;
    EXPECT_EQ(is_pseudo(known), name.starts_with(':')) << name;
    for (std::size_t i = 0; i < name.size(); ++i) {
      std::string other = name;
      other[i] = 'Z';
      EXPECT_EQ(known_name(other), KnownName::other) << other;
    }
    HeaderMap map;
    map.append(name, "1");
    map.append("x-" + name, "2");
    EXPECT_EQ(map[0].known, known) << name;
    EXPECT_EQ(map[1].known, KnownName::other) << name;
    EXPECT_EQ(map.find(name), "1");
    EXPECT_EQ(map.find("x-" + name), "2");
  }
  EXPECT_EQ(known_name(""), KnownName::other);
}

// RFC 9113 §6.5.2
TEST(HeaderMap, CountsNamesValuesAndThirtyTwoForEachField) {
  HeaderMap map;
  EXPECT_EQ(map.list_size(), 0u);
  map.append("ab", "cde");
  map.append("", "");
  EXPECT_EQ(map.list_size(), 5u + 32u + 32u);
}

TEST(HeaderMap, CanBeClearedAndFilledAgain) {
  HeaderMap map;
  map.append("a", "b");
  map.clear();
  EXPECT_TRUE(map.empty());
  EXPECT_EQ(map.list_size(), 0u);
  map.append("c", "d");
  EXPECT_EQ(lines_of(map), (std::vector<std::string>{"c=d"}));
}

TEST(HeaderMap, IsCopiedWithItsContentAndMovedWithoutATrace) {
  HeaderMap map;
  map.append("a", "b");
  HeaderMap copy = map;
  copy.append("c", "d");
  EXPECT_EQ(map.size(), 1u);
  HeaderMap moved = std::move(map);
  EXPECT_EQ(lines_of(moved), (std::vector<std::string>{"a=b"}));
  copy = moved;
  EXPECT_EQ(copy, moved);
  copy = HeaderMap();
  EXPECT_TRUE(copy.empty());
}

TEST(HeaderMap, SharesItsContentWithACopyUntilOneOfThemChanges) {
  HeaderMap map;
  map.append("a", "b");
  HeaderMap copy = map;
  EXPECT_TRUE(map.shared());
  EXPECT_EQ(map[0].name.data(), copy[0].name.data());
  copy.append("c", "d");
  EXPECT_FALSE(map.shared());
  EXPECT_EQ(lines_of(map), (std::vector<std::string>{"a=b"}));
  EXPECT_EQ(lines_of(copy), (std::vector<std::string>{"a=b", "c=d"}));
  HeaderMap third = copy;
  third.clear();
  EXPECT_TRUE(third.empty());
  EXPECT_EQ(lines_of(copy), (std::vector<std::string>{"a=b", "c=d"}));
}

TEST(HeaderMap, IsEqualOnlyToTheSameFieldsInTheSameOrder) {
  auto of = [](std::string_view name, std::string_view value, bool never_indexed = false) {
    HeaderMap map;
    map.append(name, value, never_indexed);
    return map;
  };
  EXPECT_EQ(of("a", "bc"), of("a", "bc"));
  EXPECT_FALSE(of("a", "bc") == of("a", "bd"));
  EXPECT_FALSE(of("ab", "c") == of("a", "bc"));
  EXPECT_FALSE(of("a", "b", true) == of("a", "b"));
  EXPECT_FALSE(of("a", "b") == HeaderMap());
  EXPECT_EQ(HeaderMap(), HeaderMap());
}

class CountedMeaning final : public Meaning {
 public:
  explicit CountedMeaning(int& alive) : alive_(alive) { ++alive_; }
  ~CountedMeaning() override { --alive_; }

 private:
  int& alive_;
};

TEST(HeaderMap, SharesItsMeaningWithItsCopies) {
  int alive = 0;
  HeaderMap map;
  map.append("a", "b");
  HeaderMap copy = map;
  EXPECT_EQ(copy.meaning(), nullptr);
  map.keep_meaning(std::make_unique<CountedMeaning>(alive));
  EXPECT_NE(copy.meaning(), nullptr) << "kept with the content, not with the map";
  EXPECT_EQ(copy.meaning(), map.meaning());
  map.clear();
  EXPECT_EQ(map.meaning(), nullptr);
  EXPECT_NE(copy.meaning(), nullptr);
  EXPECT_EQ(alive, 1);
  copy.clear();
  EXPECT_EQ(copy.meaning(), nullptr);
  EXPECT_EQ(alive, 0) << "the last owner has forgotten it";
}

TEST(HeaderMap, VariesValuesOfAnother) {
  std::mt19937 random(7);
  const auto text = [&] { return std::string(random() % 20, static_cast<char>('a' + random() % 26)); };
  for (int round = 0; round < 500; ++round) {
    HeaderMap other;
    HeaderMap expected;
    std::vector<std::string> values;
    const std::size_t size = 1 + random() % HeaderMap::kMostVaried;
    values.reserve(size);
    std::vector<HeaderMap::Variation> variations;
    std::uint32_t places = 0;
    for (std::uint32_t place = 0; place < size; ++place) {
      const std::string name = text();
      const bool never_indexed = random() % 4 == 0;
      const std::string& value = values.emplace_back(text());
      other.append(name, random() % 3 == 0 ? text() : value, never_indexed);
      expected.append(name, value, never_indexed);
      if (other[place].value == value) continue;
      variations.push_back({place, value});
      places |= 1U << place;
    }
    HeaderMap varied;
    varied.append("used", "before");
    varied.clear();
    varied.vary(other, variations);
    EXPECT_EQ(varied, expected);
    EXPECT_EQ(lines_of(varied), lines_of(expected));
    EXPECT_EQ(varied.varied(), places);
    varied.append("and", "more");
    EXPECT_EQ(varied.varied(), 0u);
    expected.append("and", "more");
    EXPECT_EQ(varied, expected);
  }
}

TEST(HeaderMap, KeepsWhatItVariesAsLongAsItIsAVariation) {
  int alive = 0;
  const HeaderMap::Variation variation{0, "2"};
  const auto vary = [&] {
    HeaderMap other;
    other.append("a", "1");
    other.keep_meaning(std::make_unique<CountedMeaning>(alive));
    HeaderMap varied;
    varied.vary(other, {&variation, 1});
    return varied;
  };
  {
    HeaderMap varied = vary();
    EXPECT_EQ(alive, 1);
    EXPECT_NE(varied.varied_meaning(), nullptr);
    EXPECT_EQ(varied.meaning(), nullptr);
    const HeaderMap copy = varied;
    varied.clear();
    EXPECT_EQ(alive, 1);
    EXPECT_NE(copy.varied_meaning(), nullptr);
  }
  EXPECT_EQ(alive, 0);
  HeaderMap varied = vary();
  varied.append("b", "3");
  EXPECT_EQ(alive, 0);
  EXPECT_EQ(varied.varied_meaning(), nullptr);
  varied = vary();
  varied.clear();
  EXPECT_EQ(alive, 0);
}

TEST(HeaderMap, ForgetsItsMeaningWhenAFieldIsAddedToIt) {
  int alive = 0;
  HeaderMap map;
  map.append("a", "b");
  map.keep_meaning(std::make_unique<CountedMeaning>(alive));
  HeaderMap copy = map;
  copy.append("c", "d");
  EXPECT_EQ(copy.meaning(), nullptr);
  EXPECT_NE(map.meaning(), nullptr) << "which has not changed";
  map.append("c", "d");
  EXPECT_EQ(map.meaning(), nullptr);
  EXPECT_EQ(alive, 0);
}

TEST(HeaderMap, TakesItsMeaningAlongWhenItIsMovedAndToItsEnd) {
  int alive = 0;
  {
    HeaderMap map;
    map.append("a", "b");
    map.keep_meaning(std::make_unique<CountedMeaning>(alive));
    const HeaderMap moved = std::move(map);
    EXPECT_NE(moved.meaning(), nullptr);
    EXPECT_EQ(alive, 1);
  }
  EXPECT_EQ(alive, 0);
}

}  // namespace
}  // namespace farcall::http

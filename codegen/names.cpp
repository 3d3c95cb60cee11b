#include "codegen/names.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace farcall::codegen {
namespace {

bool is_upper(char c) {
  return std::isupper(static_cast<unsigned char>(c)) != 0;
}
bool is_lower(char c) {
  return std::islower(static_cast<unsigned char>(c)) != 0;
}
char to_lower(char c) {
  return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
}

// The keywords of C++20 and its alternative tokens, then lower-case macros of <cerrno>, <cstdio>, <cassert>
// and of GNU dialects. Sorted.
constexpr std::array<std::string_view, 101> kTaken = {
    "alignas",       "alignof",     "and",       "and_eq",       "asm",          "assert",
    "auto",          "bitand",      "bitor",     "bool",         "break",        "case",
    "catch",         "char",        "char16_t",  "char32_t",     "char8_t",      "class",
    "co_await",      "co_return",   "co_yield",  "compl",        "concept",      "const",
    "const_cast",    "consteval",   "constexpr", "constinit",    "continue",     "decltype",
    "default",       "delete",      "do",        "double",       "dynamic_cast", "else",
    "enum",          "errno",       "explicit",  "export",       "extern",       "false",
    "float",         "for",         "friend",    "goto",         "if",           "inline",
    "int",           "linux",       "long",      "mutable",      "namespace",    "new",
    "noexcept",      "not",         "not_eq",    "nullptr",      "operator",     "or",
    "or_eq",         "private",     "protected", "public",       "register",     "reinterpret_cast",
    "requires",      "return",      "short",     "signed",       "sizeof",       "static",
    "static_assert", "static_cast", "stderr",    "stdin",        "stdout",       "struct",
    "switch",        "template",    "this",      "thread_local", "throw",        "true",
    "try",           "typedef",     "typeid",    "typename",     "typeof",       "union",
    "unix",          "unsigned",    "using",     "virtual",      "void",         "volatile",
    "wchar_t",       "while",       "xor",       "xor_eq",       "yield"};
static_assert(std::is_sorted(kTaken.begin(), kTaken.end()));

}  // namespace

std::string snake_case(std::string_view name) {
  std::string result;
  for (std::size_t i = 0; i < name.size(); ++i) {
    char c = name[i];
    if (c == '_') {
      if (result.empty() || result.back() != '_') result.push_back('_');
      continue;
    }
    bool starts_word = is_upper(c) && i > 0 && name[i - 1] != '_' &&
                       (!is_upper(name[i - 1]) || (i + 1 < name.size() && is_lower(name[i + 1])));
    if (starts_word && !result.empty()) result.push_back('_');
    result.push_back(to_lower(c));
  }
  return result;
}

std::string escape_keyword(std::string_view name) {
  std::string result(name);
  if (std::binary_search(kTaken.begin(), kTaken.end(), name)) result.push_back('_');
  return result;
}

std::vector<std::string> namespace_parts(std::string_view package) {
  std::vector<std::string> parts;
  while (!package.empty()) {
    std::size_t dot = std::min(package.find('.'), package.size());
    parts.push_back(escape_keyword(package.substr(0, dot)));
    package.remove_prefix(std::min(dot + 1, package.size()));
  }
  return parts;
}

std::string NameScope::claim(std::string_view wanted) {
  std::string name = escape_keyword(wanted);
  while (!taken_.insert(name).second) {
    // "x_" and then "x_2", "x_3": two underscores in a row are reserved.
    if (name.back() != '_') {
      name.push_back('_');
      continue;
    }
    int number = 2;
    while (taken_.contains(name + std::to_string(number))) ++number;
    name += std::to_string(number);
  }
  return name;
}

}  // namespace farcall::codegen

#include "client/resolution.hpp"

#include "net/address.hpp"
#include "net/target.hpp"

#include <algorithm>
#include <coroutine>
#include <exception>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace farcall::client {

namespace {

using Addresses = std::vector<std::string>;

/// For the text of a status, whatever a resolver said: short, and without a line's end.
std::string one_line(std::string_view text) {
  constexpr std::size_t kMost = 300;
  std::string line(text.substr(0, kMost));
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  if (text.size() > kMost) line += "...";
  return line;
}

net::Parsed<std::vector<net::Address>> parse_all(const Addresses& texts) {
  std::vector<net::Address> addresses;
  for (const std::string& text : texts) {
    const net::Parsed<net::Target> target = net::parse_target(text);
    if (!target || target->needs_resolving()) {
      return net::ErrorText{"it gave '" + text +
                            "', which is no address; give such as \"127.0.0.1:9000\" or \"unix:/path\""};
    }
    for (const net::Address& address : target->addresses) {
      if (std::find(addresses.begin(), addresses.end(), address) == addresses.end())
        addresses.push_back(address);
    }
  }
  if (addresses.empty()) return net::ErrorText{"it gave no address"};
  return addresses;
}

}  // namespace

/// The resolver's Task and what it refers to.
class Resolution::Root final : public TaskScope {
 public:
  Root(Resolution& owner, net::Loop& loop, std::shared_ptr<Resolver> resolver, std::string name)
      : loop_(loop), owner_(&owner), resolver_(std::move(resolver)), name_(std::move(name)) {}

  void start() {
    try {
      task_ = resolver_->resolve(name_);
    } catch (...) {
      thrown_ = std::current_exception();
    }
    if (task_) {
      task_.start(*this);
    } else {
      finished();
    }
  }

  /// Nobody wants the outcome any more.
  static void give_up(std::unique_ptr<Root> root) {
    if (!root->task_ || root->over_ || root->parked()) return;
    root->owner_ = nullptr;
    root->loop_.log(LogLevel::warning,
                    one_line("the resolver for '" + std::string(root->resolver_->scheme()) +
                             ":' was given up while it waited for something foreign; its "
                             "task for '" +
                             root->name_ + "' ends after that, or never if the runtime ends before"));
    root->cancel();
    Root& left_behind = *root;
    left_behind.self_ = std::move(root);
  }

  /// The addresses, or why there are none. Once it has finished.
  [[nodiscard]] net::Parsed<std::vector<net::Address>> take() {
    net::Parsed<std::vector<net::Address>> parsed = take_outcome();
    if (parsed) return parsed;
    return net::ErrorText{one_line("the resolver for '" + std::string(resolver_->scheme()) +
                                   ":' did not resolve '" + name_ + "': " + parsed.error())};
  }

 private:
  [[nodiscard]] net::Parsed<std::vector<net::Address>> take_outcome() {
    try {
      if (thrown_) std::rethrow_exception(thrown_);
      if (!task_) return net::ErrorText{"it gave no task"};
      const Result<Addresses> outcome = task_.take();
      if (!outcome.ok()) return net::ErrorText{to_string(outcome.status())};
      return parse_all(*outcome);
    } catch (const std::exception& error) {
      return net::ErrorText{std::string("it threw: ") + error.what()};
    } catch (...) {
      return net::ErrorText{"it threw something that is no std::exception"};
    }
  }

  std::coroutine_handle<> finished() override {
    over_ = true;
    const std::unique_ptr<Root> last = std::move(self_);
    if (owner_ == nullptr) return std::noop_coroutine();
    loop_.post([end = owner_->line_.end()] {
      if (Resolution* owner = end.target()) owner->conclude();
    });
    return std::noop_coroutine();
  }
  void unwind() override {
    loop_.post([last = std::move(self_)] {});
  }

  net::Loop& loop_;
  Resolution* owner_;  // null once left behind
  std::shared_ptr<Resolver> resolver_;
  std::string name_;
  Task<Result<Addresses>> task_;
  std::exception_ptr thrown_;
  bool over_ = false;
  std::unique_ptr<Root> self_;  // once left behind
};

Resolution::Resolution(net::Loop& loop, std::shared_ptr<Resolver> resolver, std::string name,
                       net::ResolveObserver& observer)
    : observer_(observer), root_(std::make_unique<Root>(*this, loop, std::move(resolver), std::move(name))) {
  // In a turn of its own, so that the user's code finds nothing of the channel half done.
  loop.post([end = line_.end()] {
    if (Resolution* self = end.target()) self->root_->start();
  });
}

Resolution::~Resolution() {
  if (root_) Root::give_up(std::move(root_));
}

void Resolution::conclude() {
  net::Parsed<std::vector<net::Address>> addresses = root_->take();
  root_.reset();
  if (addresses) return observer_.on_resolved(std::move(*addresses));
  observer_.on_resolve_failed(addresses.error());
}

}  // namespace farcall::client

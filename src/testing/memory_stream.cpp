#include "testing/memory_stream.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>

namespace farcall::testing {

using net::IoOutcome;
using net::IoResult;

class MemoryEnd;

/// What the two ends share. It outlives both, and the jobs that tell them of readiness.
class MemoryLink {
 public:
  struct Direction {
    std::string bytes;
    bool ended = false;  // nothing more will be written
  };

  MemoryLink(net::Loop& loop_on, MemoryStreamOptions chosen) : loop(loop_on), options(chosen) {}

  net::Loop& loop;
  MemoryStreamOptions options;
  std::array<Direction, 2> to;  // to[i]: towards end i
  std::array<MemoryEnd*, 2> ends{};
  std::error_code error;
};

class MemoryEnd final : public net::ByteStream {
 public:
  MemoryEnd(std::shared_ptr<MemoryLink> link, std::size_t index) : link_(std::move(link)), index_(index) {
    link_->ends[index_] = this;
  }
  ~MemoryEnd() override { close(); }

  void set_observer(net::ReadinessObserver& observer) override { observer_ = &observer; }

  IoResult read(std::span<std::byte> into) override {
    if (!open_) return {IoOutcome::failed, 0, std::make_error_code(std::errc::bad_file_descriptor)};
    if (link_->error) return {IoOutcome::failed, 0, link_->error};
    MemoryLink::Direction& from = link_->to[index_];
    if (from.bytes.empty()) return {from.ended ? IoOutcome::end : IoOutcome::would_block, 0, {}};
    const std::size_t size = std::min({into.size(), from.bytes.size(), link_->options.read_limit});
    std::memcpy(into.data(), from.bytes.data(), size);
    from.bytes.erase(0, size);
    notify_later(1 - index_);
    return {IoOutcome::done, size, {}};
  }

  IoResult write(std::span<const base::ByteView> gather) override {
    if (!open_) return {IoOutcome::failed, 0, std::make_error_code(std::errc::bad_file_descriptor)};
    if (link_->error) return {IoOutcome::failed, 0, link_->error};
    if (link_->ends[1 - index_] == nullptr)
      return {IoOutcome::failed, 0, std::make_error_code(std::errc::broken_pipe)};
    std::string& to = link_->to[1 - index_].bytes;
    const std::size_t room = link_->options.capacity - std::min(link_->options.capacity, to.size());
    std::size_t left = std::min(room, link_->options.write_limit);
    if (left == 0) return {IoOutcome::would_block, 0, {}};
    std::size_t written = 0;
    for (const base::ByteView& piece : gather) {
      const std::string_view taken = base::as_text(piece).substr(0, left);
      to += taken;
      written += taken.size();
      left -= taken.size();
    }
    notify_later(1 - index_);
    return {IoOutcome::done, written, {}};
  }

  void wait_readable() override {
    waits_to_read_ = open_;
    notify_later(index_);
  }
  void wait_writable() override {
    waits_to_write_ = open_;
    notify_later(index_);
  }

  void shutdown_send() override {
    link_->to[1 - index_].ended = true;
    notify_later(1 - index_);
  }

  void close() override {
    if (!open_) return;
    open_ = waits_to_read_ = waits_to_write_ = false;
    link_->ends[index_] = nullptr;
    shutdown_send();
  }

  std::string peer() const override { return "memory:"; }

  void notify_later(std::size_t end) {
    MemoryEnd* told = link_->ends[end];
    if (told == nullptr || told->is_notified_) return;
    told->is_notified_ = true;
    link_->loop.post([link = link_, end] {
      if (MemoryEnd* self = link->ends[end]) self->notify();
    });
  }

 private:
  /// The observer may close or destroy this end, so the end is looked up again between its calls.
  void notify() {
    is_notified_ = false;
    const std::shared_ptr<MemoryLink> link = link_;
    const std::size_t index = index_;
    if (waits_to_read_ && readable()) {
      waits_to_read_ = false;
      observer_->on_readable();
    }
    MemoryEnd* self = link->ends[index];
    if (self != nullptr && self->waits_to_write_ && self->writable()) {
      self->waits_to_write_ = false;
      self->observer_->on_writable();
    }
  }

  [[nodiscard]] bool readable() const {
    const MemoryLink::Direction& from = link_->to[index_];
    return !from.bytes.empty() || from.ended || link_->error;
  }
  [[nodiscard]] bool writable() const {
    return link_->to[1 - index_].bytes.size() < link_->options.capacity ||
           link_->ends[1 - index_] == nullptr || link_->error;
  }

  std::shared_ptr<MemoryLink> link_;
  std::size_t index_;
  net::ReadinessObserver* observer_ = nullptr;
  bool open_ = true;
  bool is_notified_ = false;
  bool waits_to_read_ = false;
  bool waits_to_write_ = false;
};

MemoryStreams::MemoryStreams(net::Loop& loop, MemoryStreamOptions options)
    : link_(std::make_shared<MemoryLink>(loop, options)) {
  first = std::make_unique<MemoryEnd>(link_, 0);
  second = std::make_unique<MemoryEnd>(link_, 1);
}

MemoryStreams::~MemoryStreams() = default;

void MemoryStreams::fail(std::error_code error) {
  link_->error = error;
  for (MemoryEnd* end : link_->ends) {
    if (end != nullptr) end->notify_later(end == link_->ends[0] ? 0 : 1);
  }
}

std::size_t MemoryStreams::unread_by_first() const {
  return link_->to[0].bytes.size();
}
std::size_t MemoryStreams::unread_by_second() const {
  return link_->to[1].bytes.size();
}

}  // namespace farcall::testing

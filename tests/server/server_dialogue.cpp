#include "server_dialogue.hpp"

#include "base/bytes.hpp"
#include "rpc/envelope.hpp"

#include <farcall/codegen/protobuf.hpp>

#include <array>
#include <stdexcept>

namespace farcall::server::tests {

namespace {

base::TimePoint the_time = base::TimePoint(std::chrono::hours(1000));

base::TimePoint test_clock() {
  return the_time;
}

net::LoopOptions loop_options(std::vector<std::string>& log) {
  net::LoopOptions options;
  options.clock = test_clock;
  options.log = [&log](LogLevel, std::string_view line) { log.emplace_back(line); };
  return options;
}

std::string value_of(const testing::HeaderList& fields, std::string_view name) {
  for (const testing::HeaderField& field : fields) {
    if (field.name == name) return field.value;
  }
  return {};
}

}  // namespace

std::string message(std::string_view value) {
  return std::string(base::as_text(codegen::serialize(text(value)).view()));
}

testing::FrameScript call(std::uint32_t stream, std::string_view method) {
  return testing::frames()
      .headers(stream)
      .request("POST", "/test.Coroutines/" + std::string(method))
      .field("te", "trailers")
      .field("content-type", "application/grpc");
}

testing::FrameScript unary(std::uint32_t stream, std::string_view method, std::string_view value) {
  return call(stream, method).data(stream, message(value)).end_stream();
}

std::vector<std::string> Answer::texts() const {
  std::vector<std::string> values;
  std::string_view rest = body;
  while (!rest.empty()) {
    const std::size_t size = rest.size() < rpc::kPrefixSize
                                 ? SIZE_MAX
                                 : base::load_u32(base::as_bytes(rest).data() + 1) + rpc::kPrefixSize;
    Text parsed;
    if (size > rest.size() ||
        !codegen::parse(base::as_bytes(rest.substr(rpc::kPrefixSize, size - rpc::kPrefixSize)), parsed)) {
      values.emplace_back("...");
      break;
    }
    values.push_back(parsed.value());
    rest.remove_prefix(size);
  }
  return values;
}

std::string Answer::header(std::string_view name) const {
  return value_of(headers, name);
}
std::string Answer::trailer(std::string_view name) const {
  return value_of(trailers, name);
}

Peer& Peer::says(const testing::FrameScript& script) {
  const std::string bytes = script.bytes();
  base::ByteView left = base::as_bytes(bytes);
  while (!left.empty()) {
    const std::array<base::ByteView, 1> gather{left};
    const net::IoResult result = stream_->write(gather);
    if (result.outcome == net::IoOutcome::failed) break;
    left = left.subspan(result.bytes);
    while (loop_.poll() > 0) listen();
  }
  while (loop_.poll() > 0) listen();
  listen();
  return *this;
}

const Answer& Peer::answer(std::uint32_t stream) {
  listen();
  return answers_[stream];
}

const std::vector<testing::Frame>& Peer::connection_frames() {
  listen();
  return connection_frames_;
}

std::optional<http2::ErrorCode> Peer::go_away() {
  std::optional<http2::ErrorCode> code;
  for (const testing::Frame& frame : connection_frames()) {
    if (frame.type == testing::FrameType::go_away) code = frame.code();
  }
  return code;
}

std::uint64_t Peer::window_granted(std::uint32_t stream) {
  listen();
  return granted_[stream];
}

bool Peer::closed() {
  listen();
  return closed_;
}

void Peer::disconnects() {
  stream_->close();
  while (loop_.poll() > 0) {
  }
}

void Peer::listen() {
  while (reading_ && !closed_) {
    std::array<std::byte, 16 * 1024> bytes;
    const net::IoResult result = stream_->read(bytes);
    if (result.outcome == net::IoOutcome::would_block) break;
    if (result.outcome != net::IoOutcome::done) {
      closed_ = true;
      break;
    }
    reader_.feed(base::ByteView(bytes).first(result.bytes));
    while (auto frame = reader_.next()) note(*frame);
  }
}

void Peer::note(const testing::Frame& frame) {
  if (frame.stream == 0) {
    connection_frames_.push_back(frame);
    if (frame.type == testing::FrameType::settings && frame.ack() && table_limit_)
      reader_.set_table_limit(*std::exchange(table_limit_, std::nullopt));
    return;
  }
  Answer& answer = answers_[frame.stream];
  if (answer.ended && frame.type != testing::FrameType::rst_stream)
    throw std::logic_error("the stream had ended: " + describe(frame));
  if (frame.type == testing::FrameType::headers) {
    if (answer.headers.empty()) answer.headers = frame.headers;
    answer.trailers = frame.headers;
  }
  if (frame.type == testing::FrameType::data) answer.body += frame.payload;
  if (frame.type == testing::FrameType::rst_stream) answer.reset = frame.code();
  if (frame.type == testing::FrameType::window_update) granted_[frame.stream] += frame.integer();
  answer.ended |= frame.end_stream();
}

ServerDialogue::ServerDialogue(ServerOptions options, testing::MemoryStreamOptions streams)
    : loop_(loop_options(log_)),
      stream_options_(streams),
      setup_(std::make_shared<Setup>(std::move(options))) {
  setup_->engine.tune_windows = false;
  require_ok(setup_->router.add(service));
  shard_ = std::make_shared<Shard>(loop_, setup_);
}

ServerDialogue::~ServerDialogue() {
  finish_pool();
  settle();
  shard_.reset();
}

ServerOptions ServerDialogue::quiet_options() {
  return ServerOptions();
}

void ServerDialogue::require_ok(const Status& status) {
  if (!status.ok()) throw std::logic_error(to_string(status));
}

Peer& ServerDialogue::connect(std::initializer_list<std::pair<testing::Setting, std::uint32_t>> settings) {
  testing::MemoryStreams streams(loop_, stream_options_);
  shard_->serve(std::move(streams.first));
  peers_.push_back(std::make_unique<Peer>(loop_, std::move(streams.second)));
  Peer& peer = *peers_.back();
  for (const auto& [setting, value] : settings) {
    if (setting == testing::Setting::header_table_size) peer.limits_table(value);
  }
  peer.says(testing::frames().preface().settings(settings).settings_ack());
  return peer;
}

void ServerDialogue::settle() {
  while (loop_.poll() > 0) {
  }
}

void ServerDialogue::after(base::Duration duration) {
  const base::TimePoint until = the_time + duration;
  const base::Duration step = std::max<base::Duration>(duration / 50, std::chrono::milliseconds(1));
  while (the_time < until) {
    the_time = std::min(until, the_time + step);
    settle();
  }
}

void ServerDialogue::drain(base::Duration within) {
  shard_->drain(base::kNever - loop_.now() < within ? base::kNever : loop_.now() + within,
                [this] { drained_ = true; });
  settle();
}

std::weak_ptr<Shard> ServerDialogue::retire() {
  std::weak_ptr<Shard> watched = shard_;
  shard_->retire(shard_);
  shard_.reset();
  return watched;
}

void ServerDialogue::start_pool(std::size_t threads) {
  pool_ = std::make_unique<Pool>(threads);
  setup_->pool = pool_.get();
}

void ServerDialogue::finish_pool() {
  if (!pool_) return;
  join_pool();
  settle();
}

void ServerDialogue::join_pool() {
  pool_->finish();
}

}  // namespace farcall::server::tests

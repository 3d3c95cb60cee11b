'use strict';
// One of gRPC's interoperability cases: client.js --server_host=H --server_port=P --test_case=C

const assert = require('assert');
const { once } = require('events');
const { grpc, flag, testing, kEchoInitial, kEchoTrailing, payload } = require('./stubs.js');

const kLimit = 30000;
const kLarge = { response_size: 314159, payload: payload(271828) };
const kEchoed = { initial: 'test_initial_metadata_value', trailing: Buffer.from([0xab, 0xab, 0xab]) };

const address = `${flag('server_host')}:${flag('server_port')}`;
const credentials = grpc.credentials.createInsecure();
const client = new testing.TestService(address, credentials);
const bounded = () => ({ deadline: Date.now() + kLimit });

// A unary call: its error or null, its response, and its metadata. `start` gets the callback.
function unary(start) {
  return new Promise((resolve) => {
    const outcome = {};
    let expected = 2;
    const arrived = () => {
      expected -= 1;
      if (expected === 0) resolve(outcome);
    };
    const call = start((error, response) => {
      outcome.error = error;
      outcome.response = response;
      arrived();
    });
    call.on('metadata', (metadata) => {
      outcome.initial = metadata;
    });
    call.on('status', (status) => {
      outcome.status = status;
      arrived();
    });
  });
}

function unaryCall(request, metadata = new grpc.Metadata()) {
  return unary((callback) => client.UnaryCall(request, metadata, bounded(), callback));
}

// Collects what a stream brings; `next()` waits for one response, `end()` for the status.
function reading(call) {
  const responses = [];
  const status = new Promise((resolve) => {
    call.on('status', resolve);
  });
  const closed = once(call, 'end').catch(() => {});
  let initial;
  call.on('metadata', (metadata) => {
    initial = metadata;
  });
  call.on('error', () => {});
  call.on('data', (response) => {
    responses.push(response);
    call.emit('response');
  });
  return {
    async next() {
      if (responses.length === 0) await Promise.race([once(call, 'response'), status]);
      assert(responses.length > 0, 'the stream ended before its time');
      return responses.shift();
    },
    async end() {
      const found = await status;
      if (found.code === grpc.status.OK) await closed;
      assert.strictEqual(responses.length, 0, 'a response came that nobody had asked for');
      return found;
    },
    initial: () => initial,
  };
}

function outputRequest(sizes, size) {
  return { response_parameters: sizes.map((each) => ({ size: each })), payload: payload(size) };
}

function checkOk(error) {
  assert(!error, `expected OK, got ${error}`);
}

function checkLarge({ error, response }) {
  checkOk(error);
  assert(response.payload.body.equals(Buffer.alloc(314159)), 'the response is not 314159 zero bytes');
}

function checkEcho(initial, trailing) {
  assert.deepStrictEqual(initial.get(kEchoInitial), [kEchoed.initial]);
  assert.deepStrictEqual(trailing.get(kEchoTrailing), [kEchoed.trailing]);
}

async function checkStatus(message) {
  const { error } = await unaryCall({ response_status: { code: 2, message } });
  assert.strictEqual(error.code, grpc.status.UNKNOWN);
  assert.strictEqual(error.details, message);
}

async function cancelled(call) {
  const status = await new Promise((resolve) => {
    call.on('status', resolve);
    call.on('error', () => {});
    call.cancel();
  });
  assert.strictEqual(status.code, grpc.status.CANCELLED);
}

async function unimplemented(stub) {
  const { error } = await unary((callback) => stub.UnimplementedCall({}, bounded(), callback));
  assert.strictEqual(error && error.code, grpc.status.UNIMPLEMENTED);
}

async function soak(iterations, stubOf) {
  for (let iteration = 0; iteration < iterations; iteration += 1) {
    const stub = stubOf();
    checkLarge(await unary((callback) => stub.UnaryCall(kLarge, new grpc.Metadata(), bounded(), callback)));
    if (stub !== client) stub.close();
  }
}

const cases = {
  async empty_unary() {
    checkOk((await unary((callback) => client.EmptyCall({}, bounded(), callback))).error);
  },

  async large_unary() {
    checkLarge(await unaryCall(kLarge));
  },

  async client_streaming() {
    const { error, response } = await unary((callback) => {
      const call = client.StreamingInputCall(bounded(), callback);
      for (const size of [27182, 8, 1828, 45904]) call.write({ payload: payload(size) });
      call.end();
      return call;
    });
    checkOk(error);
    assert.strictEqual(response.aggregated_payload_size, 74922);
  },

  async server_streaming() {
    const sizes = [31415, 9, 2653, 58979];
    const stream = reading(client.StreamingOutputCall(outputRequest(sizes, 0), bounded()));
    for (const size of sizes) assert.strictEqual((await stream.next()).payload.body.length, size);
    assert.strictEqual((await stream.end()).code, grpc.status.OK);
  },

  async ping_pong() {
    const call = client.FullDuplexCall(bounded());
    const stream = reading(call);
    for (const [request, response] of [[27182, 31415], [8, 9], [1828, 2653], [45904, 58979]]) {
      call.write(outputRequest([response], request));
      assert.strictEqual((await stream.next()).payload.body.length, response);
    }
    call.end();
    assert.strictEqual((await stream.end()).code, grpc.status.OK);
  },

  async empty_stream() {
    const call = client.FullDuplexCall(bounded());
    call.end();
    assert.strictEqual((await reading(call).end()).code, grpc.status.OK);
  },

  async custom_metadata() {
    const metadata = new grpc.Metadata();
    metadata.add(kEchoInitial, kEchoed.initial);
    metadata.add(kEchoTrailing, kEchoed.trailing);
    const outcome = await unaryCall(kLarge, metadata);
    checkLarge(outcome);
    checkEcho(outcome.initial, outcome.status.metadata);

    const call = client.FullDuplexCall(metadata, bounded());
    const stream = reading(call);
    call.write(outputRequest([314159], 271828));
    assert.strictEqual((await stream.next()).payload.body.length, 314159);
    call.end();
    const status = await stream.end();
    assert.strictEqual(status.code, grpc.status.OK);
    checkEcho(stream.initial(), status.metadata);
  },

  async status_code_and_message() {
    const message = 'test status message';
    await checkStatus(message);
    const call = client.FullDuplexCall(bounded());
    call.write({ response_status: { code: 2, message } });
    call.end();
    const status = await reading(call).end();
    assert.strictEqual(status.code, grpc.status.UNKNOWN);
    assert.strictEqual(status.details, message);
  },

  async special_status_message() {
    await checkStatus('\t\ntest with whitespace\r\nand Unicode BMP \u263a and non-BMP \u{1f608}\t\n');
  },

  unimplemented_method: () => unimplemented(client),

  async unimplemented_service() {
    const stub = new testing.UnimplementedService(address, credentials);
    await unimplemented(stub);
    stub.close();
  },

  cancel_after_begin: () => cancelled(client.StreamingInputCall(bounded(), () => {})),

  async cancel_after_first_response() {
    const call = client.FullDuplexCall(bounded());
    const stream = reading(call);
    call.write(outputRequest([31415], 27182));
    assert.strictEqual((await stream.next()).payload.body.length, 31415);
    await cancelled(call);
  },

  async timeout_on_sleeping_server() {
    const call = client.FullDuplexCall({ deadline: Date.now() + 1 });
    const stream = reading(call);
    call.write(outputRequest([], 27182));
    assert.strictEqual((await stream.end()).code, grpc.status.DEADLINE_EXCEEDED);
  },

  rpc_soak: () => soak(Number(flag('soak_iterations')), () => client),
  channel_soak: () => soak(Number(flag('soak_iterations')), () => {
    // A channel of its own, not one that shares its connection.
    return new testing.TestService(address, credentials, { 'grpc.use_local_subchannel_pool': 1 });
  }),
};

// A promise that is never kept ends the process quietly, when nothing is left to wait for: no success.
process.exitCode = 1;

async function main() {
  const run = cases[flag('test_case')];
  if (run === undefined) throw new Error(`there is no case ${flag('test_case')}`);
  await run();
  client.close();
  process.exitCode = 0;
}

main().catch((error) => {
  console.error(String(error.message).split('\n')[0]);
  process.exit(1);
});

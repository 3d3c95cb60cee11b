'use strict';
// grpc.testing.TestService: server.js --port=P prints "listening on HOST:PORT" and ends at SIGTERM.

const { grpc, flag, testing, kEchoInitial, kEchoTrailing, payload } = require('./stubs.js');

function initialOf(call) {
  const initial = new grpc.Metadata();
  for (const value of call.metadata.get(kEchoInitial)) initial.add(kEchoInitial, value);
  return initial;
}

function trailingOf(call) {
  const trailing = new grpc.Metadata();
  for (const value of call.metadata.get(kEchoTrailing)) trailing.add(kEchoTrailing, value);
  return trailing;
}

// The error that the request asks for, or null.
function requestedError(request, trailing) {
  const status = request.response_status;
  if (!status || status.code === 0) return null;
  return { code: status.code, details: status.message, metadata: trailing };
}

function respond(call, request) {
  for (const parameters of request.response_parameters) call.write({ payload: payload(parameters.size) });
}

const service = {
  EmptyCall: (call, reply) => reply(null, {}),

  UnaryCall: (call, reply) => {
    call.sendMetadata(initialOf(call));
    const trailing = trailingOf(call);
    reply(requestedError(call.request, trailing), { payload: payload(call.request.response_size) }, trailing);
  },

  StreamingInputCall: (call, reply) => {
    let total = 0;
    call.on('data', (request) => {
      total += request.payload.body.length;
    });
    call.on('end', () => reply(null, { aggregated_payload_size: total }));
    call.on('error', () => {});
  },

  StreamingOutputCall: (call) => {
    respond(call, call.request);
    call.end();
  },

  FullDuplexCall: (call) => {
    call.sendMetadata(initialOf(call));
    call.on('data', (request) => {
      const error = requestedError(request, trailingOf(call));
      if (error) call.emit('error', error);
      else respond(call, request);
    });
    call.on('end', () => call.end(trailingOf(call)));
    call.on('error', () => {});
  },
};

const server = new grpc.Server();
// The methods that are not there answer UNIMPLEMENTED.
server.addService(testing.TestService.service, service);
server.bindAsync(`127.0.0.1:${flag('port')}`, grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  console.log(`listening on 127.0.0.1:${port}`);
});
process.on('SIGTERM', () => server.tryShutdown(() => process.exit(0)));

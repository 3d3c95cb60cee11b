'use strict';
// What client.js and server.js share: the stubs, made at run time from the files that farcall's own come from.

const path = require('path');
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');

const protos = path.join(__dirname, '../../../examples/interop');
const definition = loader.loadSync('grpc/testing/test.proto', { includeDirs: [protos], keepCase: true, defaults: true });

// The value of --name=value.
function flag(name) {
  const prefix = `--${name}=`;
  const argument = process.argv.find((word) => word.startsWith(prefix));
  if (argument === undefined) {
    console.error(`${path.basename(process.argv[1])}: ${prefix} is missing`);
    process.exit(2);
  }
  return argument.slice(prefix.length);
}

module.exports = {
  grpc,
  flag,
  testing: grpc.loadPackageDefinition(definition).grpc.testing,
  kEchoInitial: 'x-grpc-test-echo-initial',
  kEchoTrailing: 'x-grpc-test-echo-trailing-bin',
  payload: (size) => ({ body: Buffer.alloc(size) }),
};

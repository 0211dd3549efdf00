// One side, or two, of the Negentropy reference implementation, for the tests and the benchmark:
//
//     node reconcile_peer.js path/to/negentropy/js/Negentropy.js
//
// A line of JSON comes, a line of JSON goes:
//
//     {"open": name, "items": [[timestamp, id], …], "frame": n}   a side; frame 0: no limit
//     {"open": name, "file": path, "frame": n}                    items of 40 bytes: u64 LE, id
//     {"start": name}                                             → {"message": hex}
//     {"receive": name, "message": hex}                           → {"message", "have", "need"}
//     {"usage": name}                          → {"cpu": seconds, "making": seconds, "peak": KiB}
//
// Timestamps stay below 2^31: the reference counts in 32 bits. CPU time is what reconciling takes,
// and making the storage, without reading and writing lines; memory is the most that the process
// has held, over what it held before the storage.

'use strict';
const fs = require('fs');
const path = require('path');
const readline = require('readline');
const { Negentropy, NegentropyStorageVector } = require(path.resolve(process.argv[2]));

const sides = new Map();
const hex = (bytes) => Buffer.from(bytes).toString('hex');

function* records(file) {
  const data = fs.readFileSync(file);
  for (let at = 0; at < data.length; at += 40) {
    yield [Number(data.readBigUInt64LE(at)), new Uint8Array(data.subarray(at + 8, at + 40))];
  }
}

function seconds(since) {
  const used = process.cpuUsage(since);
  return (used.user + used.system) / 1e6;
}

async function timed(side, work) {
  const before = process.cpuUsage();
  try {
    return await work();
  } finally {
    side.cpu += seconds(before);
  }
}

function peak() {
  return Number(/VmHWM:\s+(\d+)/.exec(fs.readFileSync('/proc/self/status', 'utf8'))[1]);
}

async function answer(order) {
  if (order.open !== undefined) {
    const base = peak();
    const before = process.cpuUsage();
    const storage = new NegentropyStorageVector();
    for (const [timestamp, id] of order.items ?? records(order.file)) storage.insert(timestamp, id);
    storage.seal();
    const engine = new Negentropy(storage, order.frame);
    engine.wantUint8ArrayOutput = true;
    sides.set(order.open, { engine, cpu: 0, making: seconds(before), base });
    return {};
  }
  const side = sides.get(order.start ?? order.receive ?? order.usage);
  if (order.usage !== undefined) {
    return { cpu: side.cpu, making: side.making, peak: peak() - side.base };
  }
  if (order.start !== undefined) {
    return { message: hex(await timed(side, () => side.engine.initiate())) };
  }
  const message = new Uint8Array(Buffer.from(order.message, 'hex'));
  const [reply, have, need] = await timed(side, () => side.engine.reconcile(message));
  return { message: reply === null ? null : hex(reply), have: have.map(hex), need: need.map(hex) };
}

(async () => {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    let reply;
    try {
      reply = await answer(JSON.parse(line));
    } catch (error) {
      reply = { error: error.message };
    }
    process.stdout.write(JSON.stringify(reply) + '\n');
  }
})();

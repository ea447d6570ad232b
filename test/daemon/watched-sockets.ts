/** Loaded into every thread of a process and of those that it starts (`--import`): writes down each connection, datagram and look-up of a name that is tried. */
import dgram from 'node:dgram';
import diagnostics from 'node:diagnostics_channel';
import dns from 'node:dns';
import { appendFileSync } from 'node:fs';
import net from 'node:net';
import { threadId } from 'node:worker_threads';

const file = process.env.EIDOLON_SOCKETS;
const note = (what: string) => file !== undefined && appendFileSync(file, `${what}\n`);

note(`watching ${process.pid} ${threadId}`);
diagnostics.subscribe('net.client.socket', () => note('socket'));
for (const [where, name] of [
  [net.Socket.prototype, 'connect'],
  [dgram.Socket.prototype, 'send'],
  [dns, 'lookup'],
  [dns.promises, 'lookup'],
] as const) {
  const original: (...args: unknown[]) => unknown = Reflect.get(where, name);
  Reflect.set(where, name, function watched(this: unknown, ...args: unknown[]) {
    note(name);
    return original.apply(this, args);
  });
}

import { createSocket } from 'node:dgram';

/** The answer for each name: its IPv4 addresses; an empty list means "no such name"; null never answers. */
export type Names = (name: string) => readonly string[] | null;

/** A name server over UDP on loopback (RFC 1035, section 4), for IPv4 addresses. */
export async function startNameServer(names: Names): Promise<{ address: string; asked: string[]; close(): void }> {
  const socket = createSocket('udp4');
  const asked: string[] = [];
  socket.on('message', (query, from) => {
    const labels: string[] = [];
    let at = 12;
    for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
      labels.push(query.toString('latin1', at + 1, at + 1 + length));
      at += length + 1;
    }
    const end = at + 5;
    const isA = query.readUInt16BE(at + 1) === 1;
    const name = labels.join('.').toLowerCase();
    asked.push(name);
    const found = names(name);
    if (found === null) return;
    const addresses = isA ? found : [];
    const header = Buffer.alloc(12);
    query.copy(header, 0, 0, 2);
    // Flags: an answer, recursion desired and available; 3 is "no such name".
    header.writeUInt16BE(found.length === 0 ? 0x8183 : 0x8180, 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(addresses.length, 6);
    const records = addresses.map((address) =>
      // The name by a pointer to the question; A, IN, no time to live, four bytes.
      Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, ...address.split('.').map(Number)]),
    );
    socket.send(Buffer.concat([header, query.subarray(12, end), ...records]), from.port, from.address);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return { address: `127.0.0.1:${socket.address().port}`, asked, close: () => socket.close() };
}

import { connect, type Socket } from 'node:net';
import type { Attack } from './attack.ts';
import { callsTo, createType, insist, publishEvents, readOnlyLink } from './calls.ts';

const readers = 6;
const deaf = 24;
const aliases = 120;
const bytes = 960_000;

/** Small questions with large answers, from a few clients that read them and many that do not. */
export const largeAnswers: Attack = {
  title: `${aliases} times an event of 0.96 MB: ${readers} readers, ${deaf} that do not read`,
  async prepare(target) {
    const { projectId, url } = target;
    const calls = callsTo(target, readers);
    await calls.ask(createType, { input: { projectId, name: 'large.event', schema: {} } });
    const { publishEvents: published } = await calls.ask<{ publishEvents: { events: { id: string }[] } }>(
      publishEvents,
      {
        input: { projectId, events: [{ type: 'large.event', data: { x: 'x'.repeat(bytes) } }] },
      },
    );
    const link = await readOnlyLink(calls, target);
    const fields = Array.from({ length: aliases }, (_, index) => `e${index}: event(id: $id) { data }`);
    const query = `query ($id: ID!) { ${fields.join(' ')} }`;
    const variables = { id: published.events[0]?.id };
    const sockets: Socket[] = [];
    return {
      async run(signal) {
        const { hostname, port } = new URL(url);
        const body = JSON.stringify({ query, variables });
        for (let index = 0; index < deaf; index++) {
          const socket = connect({ host: hostname, port: Number(port) });
          socket.on('error', () => {});
          socket.pause();
          socket.write(
            `POST /graphql HTTP/1.1\r\nhost: everhook\r\nauthorization: Bearer ${link}\r\ncontent-type: application/json\r\n` +
              `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
          );
          sockets.push(socket);
        }
        await insist(readers, signal, () => calls.send(query, variables, link));
      },
      async close() {
        for (const socket of sockets) socket.destroy();
        await calls.close();
      },
    };
  },
};

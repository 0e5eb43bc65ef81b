import type { IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { InboundBodies } from '../../../server/http/inboundBody.ts';

/** A request under way. */
function request() {
  const stream = Object.assign(new PassThrough(), { headers: {}, complete: false });
  return {
    incoming: stream as unknown as IncomingMessage,
    send: (bytes: number) => new Promise((resolve) => stream.write(Buffer.alloc(bytes), resolve)),
    end() {
      stream.complete = true;
      stream.end();
    },
  };
}

const known = Promise.resolve(true);
const unknown = Promise.resolve(false);
const lengthOf = async (body: Buffer) => body.length;

describe('the bytes of inbound requests', () => {
  it('are held for those who are known alone', async () => {
    const bodies = new InboundBodies(1_000);
    const nobodys = Array.from({ length: 5 }, request);
    const lengths = nobodys.map(({ incoming }) => bodies.read(incoming, unknown, lengthOf));
    for (const each of nobodys) await each.send(900);
    const owner = request();
    const length = bodies.read(owner.incoming, known, lengthOf);
    await owner.send(900);
    owner.end();
    expect(await length).toBe(900);
    for (const each of nobodys) each.end();
    expect(await Promise.all(lengths)).toEqual([0, 0, 0, 0, 0]);
  });

  it('are refused to anybody alike while those who are known hold too much, and no longer', async () => {
    const bodies = new InboundBodies(1_000);
    const owner = request();
    const held = bodies.read(owner.incoming, known, lengthOf);
    await owner.send(900);
    for (const wanted of [known, unknown]) {
      const other = request();
      const refused = expect(bodies.read(other.incoming, wanted, lengthOf)).rejects.toMatchObject({
        code: 'UNAVAILABLE',
      });
      await other.send(200);
      await refused;
    }
    owner.end();
    expect(await held).toBe(900);
    const next = request();
    const length = bodies.read(next.incoming, known, lengthOf);
    await next.send(900);
    next.end();
    expect(await length).toBe(900);
  });

  it('that came before their token was looked up are let go when it is nobody’s, or could not be looked up', async () => {
    for (const outcome of ['nobody’s', 'away']) {
      const bodies = new InboundBodies(1_000);
      const nobody = request();
      let decide = () => {};
      const wanted = new Promise<boolean>((resolve, reject) => {
        decide = () => (outcome === 'away' ? reject(new Error('The database is away.')) : resolve(false));
      });
      const length = bodies.read(nobody.incoming, wanted, lengthOf);
      await nobody.send(900);
      decide();
      await wanted.catch(() => {});
      const owner = request();
      const owned = bodies.read(owner.incoming, known, lengthOf);
      await owner.send(900);
      owner.end();
      expect(await owned).toBe(900);
      nobody.end();
      expect(await length).toBe(0);
    }
  });
});

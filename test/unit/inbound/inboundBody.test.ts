import type { IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { FairTurns, type Sender } from '../../../server/http/fairTurns.ts';
import { InboundBodies, maxInboundBytes } from '../../../server/http/inboundBody.ts';

const a: Sender = { tenant: 'a', webhook: 'a' };

/** A request that is being received. */
function request(headers: Record<string, string> = {}) {
  const stream = Object.assign(new PassThrough(), { headers, complete: false });
  return {
    incoming: stream as unknown as IncomingMessage,
    send: (bytes: Buffer) => stream.write(bytes),
    end() {
      stream.complete = true;
      stream.end();
    },
    breakOff: () => stream.destroy(),
  };
}

const spend = (ms: number) => {
  const until = performance.now() + ms;
  while (performance.now() < until);
};

describe('the bytes of inbound requests', () => {
  it('are passed on in order, in small pieces, however they arrived', async () => {
    const bodies = new InboundBodies();
    const { incoming, send, end } = request();
    const pieces: Buffer[] = [];
    const read = bodies.read(incoming, a, (piece) => {
      pieces.push(Buffer.from(piece));
      spend(0.5);
    });
    const sent = Buffer.from(Array.from({ length: 400_000 }, (_, index) => index % 251));
    send(sent.subarray(0, 1));
    send(sent.subarray(1, 300_000));
    send(sent.subarray(300_000));
    end();
    await read;
    expect(Buffer.concat(pieces).equals(sent)).toBe(true);
    expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThanOrEqual(16 * 1024);
  });

  it('are refused at once if the header announces too many, otherwise as soon as there are too many', async () => {
    const bodies = new InboundBodies();
    const told = request({ 'content-length': String(maxInboundBytes + 1) });
    const tooLong = { code: 'LIMIT_EXCEEDED' };
    await expect(bodies.read(told.incoming, a, () => {})).rejects.toMatchObject(tooLong);
    const untold = request();
    const read = expect(bodies.read(untold.incoming, a, () => {})).rejects.toMatchObject(tooLong);
    for (let sent = 0; sent <= maxInboundBytes; sent += 1024 * 1024) untold.send(Buffer.alloc(1024 * 1024));
    await read;
  });

  it('that break off are an error, before and during reading', async () => {
    const bodies = new InboundBodies();
    const broken = { code: 'VALIDATION_FAILED', field: 'body' };
    const before = request();
    before.breakOff();
    await expect(bodies.read(before.incoming, a, () => {})).rejects.toMatchObject(broken);
    const amid = request();
    const read = expect(bodies.read(amid.incoming, a, () => {})).rejects.toMatchObject(broken);
    amid.send(Buffer.alloc(100_000));
    amid.breakOff();
    await read;
  });

  it('of one webhook leave room for its organization’s others, and those of one organization for everybody else', async () => {
    const bodies = new InboundBodies();
    const open: { end(): void; read: Promise<void> }[] = [];
    /** Opens requests until one is refused. */
    const fill = async (sender: Sender): Promise<number> => {
      for (let count = 0; count <= 500; count++) {
        const { incoming, end } = request();
        const read = bodies.read(incoming, sender, () => {});
        const refused = await Promise.race([read.catch((error) => error), setImmediate(null)]);
        if (refused !== null) {
          expect(refused).toMatchObject({ code: 'RATE_LIMITED' });
          return count;
        }
        open.push({ end, read });
      }
      throw new Error('Nothing was refused.');
    };
    expect(await fill({ tenant: 'busy', webhook: 'hostile' })).toBe(375);
    expect(await fill({ tenant: 'busy', webhook: 'innocent' })).toBeGreaterThan(50);
    expect(await fill({ tenant: 'calm', webhook: 'other' })).toBe(375);
    for (const { end } of open) end();
    await Promise.all(open.map(({ read }) => read));
    expect(await fill({ tenant: 'busy', webhook: 'hostile' })).toBe(375);
  });
});

describe('turns', () => {
  it('alternate between organizations, then between their webhooks: a small request waits for one piece of each other', async () => {
    const turns = new FairTurns(0.5, 2);
    const order: string[] = [];
    while (turns.now(() => spend(1)));
    const names: Sender[] = [
      { tenant: 'busy', webhook: 'hostile' },
      { tenant: 'busy', webhook: 'hostile' },
      { tenant: 'busy', webhook: 'hostile' },
      { tenant: 'busy', webhook: 'innocent' },
      { tenant: 'calm', webhook: 'other' },
      { tenant: 'calm', webhook: 'other' },
    ];
    await Promise.all(
      names.map(
        (sender) =>
          new Promise<void>((resolve) =>
            turns.later(sender, () => {
              order.push(sender.webhook);
              resolve();
            }),
          ),
      ),
    );
    expect(order).toEqual(['hostile', 'other', 'innocent', 'other', 'hostile', 'hostile']);
  });

  it('take no more time than their share, and not all of it at once', async () => {
    const turns = new FairTurns(0.25, 4);
    const beganAt = performance.now();
    let spent = 0;
    /** How much more than their share the pieces before it had had when each began. Milliseconds. */
    const ahead: number[] = [];
    await new Promise<void>((resolve) => {
      for (let index = 0; index < 60; index++) {
        turns.later(a, () => {
          const pieceBeganAt = performance.now();
          ahead.push(spent - (pieceBeganAt - beganAt) * 0.25);
          spend(1);
          spent += performance.now() - pieceBeganAt;
          if (index === 59) resolve();
        });
      }
    });
    expect(ahead).toHaveLength(60);
    // However long the machine holds up one piece, the next begins only once its time is paid back, but for what may be spent in one go.
    expect(Math.max(...ahead)).toBeLessThanOrEqual(4);
  });
});

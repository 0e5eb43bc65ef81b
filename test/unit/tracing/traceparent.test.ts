import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keptOf, sentTraceparent } from '../../../core/tracing/keptTraceparent.ts';
import { OutsideBudget } from '../../../core/tracing/outsideBudget.ts';
import { readTraceparent, traceparentOf } from '../../../core/tracing/traceparent.ts';

const [traceId, spanId] = ['4bf92f3577b34da6a3ce929d0e0e4736', '00f067aa0ba902b7'];
const hex = (length: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length });

describe('a traceparent', () => {
  it('is read as the W3C writes it', () => {
    expect(readTraceparent(`00-${traceId}-${spanId}-01`)).toEqual({ traceId, spanId, sampled: true });
    expect(readTraceparent(`00-${traceId}-${spanId}-00`)).toEqual({ traceId, spanId, sampled: false });
  });

  it('of a later version is read by its first four parts', () => {
    expect(readTraceparent(`cc-${traceId}-${spanId}-03`)).toEqual({ traceId, spanId, sampled: true });
    expect(readTraceparent(`cc-${traceId}-${spanId}-01-what-comes-later`)).toEqual({ traceId, spanId, sampled: true });
    expect(readTraceparent(`cc-${traceId}-${spanId}-01.what`)).toBeNull();
  });

  it.each([
    ['no text', undefined],
    ['empty', ''],
    ['a version that is forbidden', `ff-${traceId}-${spanId}-01`],
    ['a trace of zeros', `00-${'0'.repeat(32)}-${spanId}-01`],
    ['a span of zeros', `00-${traceId}-${'0'.repeat(16)}-01`],
    ['capitals', `00-${traceId.toUpperCase()}-${spanId}-01`],
    ['too short', `00-${traceId}-${spanId}-1`],
    ['more than version 00 has', `00-${traceId}-${spanId}-01-more`],
    ['two headers, joined', `00-${traceId}-${spanId}-01, 00-${traceId}-${spanId}-01`],
    ['white space', ` 00-${traceId}-${spanId}-01`],
  ])('is ignored: %s', (_, text) => {
    expect(readTraceparent(text)).toBeNull();
  });

  it('is what it was after being written and read', () => {
    fc.assert(
      fc.property(hex(32), hex(16), fc.boolean(), (trace, span, sampled) => {
        fc.pre(!/^0+$/.test(trace) && !/^0+$/.test(span));
        const position = { traceId: trace, spanId: span, sampled };
        expect(readTraceparent(traceparentOf(position))).toEqual(position);
      }),
    );
  });

  it('that was sent is known again from what was kept beside its event’s, and by itself where the event has none', () => {
    const texts = fc
      .tuple(fc.constantFrom('a', 'b'), fc.constantFrom('c', 'd'), fc.boolean())
      .map(([trace, span, sampled]) => traceparentOf({ traceId: trace.repeat(32), spanId: span.repeat(16), sampled }));
    fc.assert(
      fc.property(texts, fc.option(texts), (sent, ofEvent) => {
        const kept = Buffer.from(keptOf(sent, ofEvent), 'hex');
        expect(sentTraceparent(kept, ofEvent)).toBe(sent);
        const size =
          sent.slice(0, 52) === ofEvent?.slice(0, 52) ? 1 : sent.slice(0, 35) === ofEvent?.slice(0, 35) ? 9 : 25;
        expect(kept).toHaveLength(size);
        if (size < 25) expect(sentTraceparent(kept, null)).toBeNull();
      }),
    );
  });

  it('never throws, whatever it is given', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.anything()), (text) => {
        readTraceparent(text);
      }),
    );
  });
});

describe('spans that publishers ask for', () => {
  it('are bounded a second, and of one organization to half of that', () => {
    const budget = new OutsideBudget(10);
    const taken = (organization: string, now: number) =>
      Array.from({ length: 50 }, () => budget.take(organization, now)).filter(Boolean).length;
    expect(taken('greedy', 500)).toBe(5);
    expect(taken('other', 600)).toBe(5);
    expect(taken('third', 700)).toBe(0);
    expect(taken('greedy', 1_000)).toBe(5);
  });

  it('are none where the operator allows none', () => {
    expect(new OutsideBudget(0).take('any')).toBe(false);
  });

  it('are never more than the bound, in whatever order they come', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 20 }),
        fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.nat(400)), { maxLength: 200 }),
        (bound, calls) => {
          const budget = new OutsideBudget(bound);
          const counts = new Map<string, number>();
          let now = 0;
          for (const [organization, later] of calls) {
            now += later;
            const second = Math.floor(now / 1_000);
            if (!budget.take(organization, now)) continue;
            for (const key of [`${second}`, `${second} ${organization}`]) counts.set(key, (counts.get(key) ?? 0) + 1);
          }
          for (const [key, count] of counts) {
            expect(count).toBeLessThanOrEqual(key.includes(' ') ? Math.ceil(bound / 2) : bound);
          }
        },
      ),
    );
  });
});

import fc from 'fast-check';
import type { FormattedExecutionResult } from 'graphql';
import { describe, expect, it } from 'vitest';
import { JsonText } from '../../../core/answers/answerText.ts';
import { eventTexts } from '../../../server/http/eventTexts.ts';
import { EventReader } from '../../support/eventSource.ts';

/** Results that arrive when the test gives them. */
function feed() {
  const waiting: ((result: IteratorResult<FormattedExecutionResult>) => void)[] = [];
  const state = { returned: 0 };
  const results: AsyncIterableIterator<FormattedExecutionResult> = {
    next: () => new Promise((resolve) => waiting.push(resolve)),
    async return() {
      state.returned += 1;
      for (const resolve of waiting.splice(0)) resolve({ done: true, value: undefined });
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
  return { results, state, give: (value: FormattedExecutionResult) => waiting.shift()?.({ done: false, value }) };
}
const parts = {
  heartbeatMs: 60_000,
  mayGoOn: async () => {},
  isPassing: () => false,
  onError: (error: unknown) => ({ errors: [{ message: String(error) }] }),
};
async function textOf(texts: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const each of texts) text += each;
  return text;
}

describe('results as events', () => {
  it('are read back unchanged, whatever they contain', async () => {
    const value = fc.oneof(fc.jsonValue(), fc.constant('a\nb\r\nc\rd\u2028: data: \n\nevent: complete'));
    await fc.assert(
      fc.asyncProperty(fc.array(value), fc.constantFrom('\n', '\r\n', '\r', ' '), async (values, between) => {
        async function* results() {
          // A stored text is sent unchanged, and may have any white space between its tokens.
          for (const each of values) {
            yield { data: { each, text: new JsonText(`[1.0,${between}${JSON.stringify(each)}]`) } };
          }
        }
        const text = await textOf(eventTexts(results(), parts));
        const reader = new EventReader(new Response(text));
        for (const each of values) {
          const { event, data } = (await reader.next()) ?? {};
          expect(event).toBe('next');
          expect(JSON.parse(data ?? '')).toEqual(JSON.parse(JSON.stringify({ data: { each, text: [1, each] } })));
          expect(data).toContain('[1.0,');
        }
        expect(await reader.next()).toEqual({ event: 'complete', data: '' });
        expect(await reader.next()).toBeNull();
      }),
    );
  });

  it('send heartbeats, and end with the reason when they may not go on', async () => {
    const { results, state } = feed();
    let asked = 0;
    const mayGoOn = async () => {
      asked += 1;
      if (asked > 2) throw new Error('revoked');
    };
    const text = await textOf(eventTexts(results, { ...parts, heartbeatMs: 1, mayGoOn }));
    expect(text).toBe(
      ': still here\n\n: still here\n\n: still here\n\nevent: next\ndata: {"errors":[{"message":"Error: revoked"}]}\n\nevent: complete\ndata:\n\n',
    );
    expect(state.returned).toBe(1);
  });

  it('go on where it cannot be found out for now whether they may', async () => {
    const { results, give } = feed();
    let asked = 0;
    const mayGoOn = async () => {
      asked += 1;
      if (asked < 3) throw new Error('away');
      if (asked === 3) give({ data: { n: 1 } });
      if (asked > 3) throw new Error('revoked');
    };
    const isPassing = (error: unknown) => String(error) === 'Error: away';
    const text = await textOf(eventTexts(results, { ...parts, heartbeatMs: 1, mayGoOn, isPassing }));
    expect(text).toMatch(/^(: still here\n\n){3,4}event: next\ndata: \{"data":\{"n":1\}\}\n\n/);
    expect(text).toMatch(/revoked"\}\]\}\n\nevent: complete\ndata:\n\n$/);
  });

  it('are broken off without a complete event where their source fails for now', async () => {
    async function* results() {
      yield { data: { n: 1 } };
      throw new Error('away');
    }
    expect(await textOf(eventTexts(results(), { ...parts, isPassing: () => true }))).toBe(
      ': still here\n\nevent: next\ndata: {"data":{"n":1}}\n\n',
    );
  });

  it('are broken off without a complete event, so that clients reconnect', async () => {
    const { results, state, give } = feed();
    const texts = eventTexts(results, parts);
    const all = textOf(texts);
    await new Promise((resolve) => setImmediate(resolve));
    give({ data: { n: 1 } });
    await new Promise((resolve) => setImmediate(resolve));
    texts.breakOff();
    expect(await all).toBe(': still here\n\nevent: next\ndata: {"data":{"n":1}}\n\n');
    expect(state.returned).toBe(1);
  });

  it('end at once when the reader leaves, also while they wait for the next result', async () => {
    const { results, state } = feed();
    const texts = eventTexts(results, parts);
    await texts.next();
    const next = texts.next();
    await texts.return?.();
    expect((await next).done).toBe(true);
    expect(state.returned).toBe(1);
  });
});

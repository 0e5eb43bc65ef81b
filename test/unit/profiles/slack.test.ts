import type { KnownBlock } from '@slack/types';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { profiles } from '../../../core/profiles/registry.ts';
import { signedHeaders } from '../../../core/profiles/signed.ts';
import type { SlackMessage } from '../../../core/profiles/slack/message.ts';
import { escaped, linked } from '../../../core/profiles/slack/mrkdwn.ts';
import { slack } from '../../../core/profiles/slack.ts';
import { envelope } from './envelope.ts';

const messageOf = (part: Parameters<typeof envelope>[0]): SlackMessage =>
  JSON.parse(slack.body(envelope(part)).toString());

const textsOf = (block: KnownBlock): string[] => {
  if (block.type === 'section')
    return [block.text?.text, ...(block.fields ?? []).map(({ text }) => text)].filter((text) => text !== undefined);
  if (block.type === 'header') return [block.text.text];
  if (block.type === 'context')
    return block.elements.map((element) => ('text' in element ? (element.text as string) : ''));
  throw new Error(`A ${block.type} block is not expected.`);
};

/** Slack's limits. */
function expectAcceptable({ text, blocks }: SlackMessage) {
  expect(text.length).toBeGreaterThan(0);
  expect(text.length).toBeLessThanOrEqual(3000);
  expect(blocks.length).toBeGreaterThan(0);
  expect(blocks.length).toBeLessThanOrEqual(50);
  expectSafe(text);
  for (const block of blocks) {
    if (block.type === 'section' && block.fields) {
      expect(block.fields.length).toBeLessThanOrEqual(10);
      for (const field of block.fields) expect(field.text.length).toBeLessThanOrEqual(2000);
    }
    for (const content of textsOf(block)) {
      expect(content.length).toBeGreaterThan(0);
      expect(content.length).toBeLessThanOrEqual(block.type === 'header' ? 150 : 3000);
      expectSafe(content);
    }
  }
}

const MEANT = /<https?:\/\/[^<>|]*\|[^<>|]*>|<!date\^\d+\^\{date_short_pretty\} \{time\}\|[^<>|]*>/g;

/** Nothing is a control sequence but the links and dates that are meant, and every character is whole. */
function expectSafe(content: string) {
  const rest = content.replace(MEANT, '');
  expect(rest).not.toMatch(/[<>]/);
  expect(rest).not.toMatch(/&(?!amp;|lt;|gt;)/);
  expect(content).not.toMatch(/\p{Surrogate}/u);
}

describe('SLACK message', () => {
  it('has title, linked name, fields, changed values, type and time', () => {
    const message = messageOf({
      eventType: 'test_run.updated',
      data: '{"id":"1204","name":"Checkout <4.2> & co","state":"Done","milestone":{"id":"7","name":"Release 4.2"},"tags":["a","b"],"note":null,"url":"https://t.example/r/1?a=1&b=|"}',
      previous:
        '{"id":"1204","name":"Checkout <4.2> & co","state":"New","milestone":{"id":"7","name":"Release 4.2"},"tags":["a"],"note":null}',
    });
    expect(message).toEqual({
      text: 'Test run: updated: Checkout &lt;4.2&gt; &amp; co',
      blocks: [
        { type: 'header', text: { type: 'plain_text', text: 'Test run: updated' } },
        {
          type: 'section',
          text: {
            type: 'mrkdwn',
            verbatim: true,
            text: '*<https://t.example/r/1?a=1&amp;b=%7C|Checkout &lt;4.2&gt; &amp; co>*',
          },
        },
        {
          type: 'section',
          fields: [
            { type: 'mrkdwn', verbatim: true, text: '*State*\nDone' },
            { type: 'mrkdwn', verbatim: true, text: '*Milestone*\nRelease 4.2' },
            { type: 'mrkdwn', verbatim: true, text: '*Tags*\na, b' },
          ],
        },
        { type: 'section', text: { type: 'mrkdwn', verbatim: true, text: '*State*: New → Done\n*Tags*: a → a, b' } },
        {
          type: 'context',
          elements: [
            {
              type: 'mrkdwn',
              verbatim: true,
              text: 'test_run.updated · <!date^1782551723^{date_short_pretty} {time}|2026-06-27T09:15:23Z>',
            },
          ],
        },
      ],
    });
  });

  it('tells a change of state that the data names itself', () => {
    const { blocks } = messageOf({
      eventType: 'session.state_changed',
      data: '{"name":"S","from_state":"New","to_state":"Done"}',
    });
    expect(blocks.flatMap(textsOf)).toContain('*State*: New → Done');
  });

  it('links to nothing but http addresses', () => {
    for (const url of ['javascript:alert(1)', '/relative', '<https://x>', 'ftp://x/']) {
      const { blocks } = messageOf({ data: JSON.stringify({ name: 'N', url }) });
      expect(blocks.flatMap(textsOf)[1]).toBe('*N*');
    }
  });

  const examples = profiles.flatMap(({ catalogue, testEvent }) => [
    ...catalogue.map(({ name, example }) => ({ name, data: JSON.stringify(example) })),
    { name: testEvent.type, data: testEvent.data },
  ]);

  it.each(examples)('of $name is acceptable to Slack and names its subject', ({ name, data }) => {
    const message = messageOf({ eventType: name, data, previous: '{}' });
    expectAcceptable(message);
    expect(message.blocks.at(0)?.type).toBe('header');
    expect(message.blocks.at(-1)?.type).toBe('context');
  });

  it('is acceptable to Slack whatever was published', () => {
    const wild = fc.oneof(
      fc.string({ unit: 'grapheme-composite', maxLength: 50 }),
      fc.constantFrom('<!channel>', '&&amp;<', '|>', '\n\n', '\ud83e', '🧑‍🚀'),
    );
    const long = wild.chain((part) => fc.integer({ min: 1, max: 900 }).map((times) => part.repeat(times)));
    const key = fc.oneof(
      fc.constantFrom('name', 'title', 'url', 'id', 'state', 'from_state', 'to_state', 'due_date'),
      wild,
    );
    const value = fc.oneof(long, fc.jsonValue({ maxDepth: 2 }), fc.webUrl(), fc.record({ name: long }));
    const object = fc.oneof(fc.dictionary(key, value, { maxKeys: 40 }), fc.jsonValue());
    fc.assert(
      fc.property(
        fc.oneof(fc.constant('task.updated'), wild, long),
        object,
        fc.option(object),
        (eventType, data, previous) => {
          expectAcceptable(
            messageOf({
              eventType,
              data: JSON.stringify(data),
              previous: previous === null ? null : JSON.stringify(previous),
            }),
          );
        },
      ),
      { numRuns: 300 },
    );
  });

  it('has no headers and no signature', () => {
    expect(
      signedHeaders(slack, {
        envelope: envelope(),
        body: slack.body(envelope()),
        secrets: [],
        attemptedAt: new Date(),
      }),
    ).toEqual({});
  });
});

describe('text for Slack', () => {
  it('is cut at whole characters and entities, and says so', () => {
    expect(['<<<', '<<<<'].map((text) => escaped(text, 12))).toEqual(['&lt;&lt;&lt;', '&lt;&lt;…']);
    expect(escaped('😀😀😀', 5)).toBe('😀😀…');
    expect(escaped('exact', 5)).toBe('exact');
    expect(escaped('longer', 5)).toBe('long…');
  });

  it('keeps a label on one line within its link', () => {
    expect(linked('a\n|b>', 'https://x.example/', 100)).toBe('<https://x.example/|a ¦b&gt;>');
    expect(linked('name', `https://x.example/${'y'.repeat(100)}`, 100)).toBe('name');
  });
});

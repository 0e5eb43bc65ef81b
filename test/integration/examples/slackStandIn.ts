import { expect } from 'vitest';
import type { Answer, Received } from '../../support/receiver.ts';

interface Text {
  readonly type: string;
  readonly text: string;
}
interface Block {
  readonly type: string;
  readonly text?: Text;
  readonly fields?: Text[];
  readonly elements?: Text[];
}

const control = /<(?!https?:\/\/[^<>|\s]+\|[^<>|]*>)|(?<!<https?:\/\/[^<>|\s]+\|[^<>|]*)>|&(?!amp;|lt;|gt;)/;

function problemOf(text: Text | undefined, most: number, type = 'mrkdwn'): string | null {
  if (text?.type !== type || typeof text.text !== 'string') return 'a text object of the wrong type';
  if (text.text.length < 1 || text.text.length > most) return `a text of ${text.text.length} characters`;
  return type === 'mrkdwn' && control.test(text.text) ? 'an unescaped control character' : null;
}

function problemsOf(block: Block): (string | null)[] {
  switch (block.type) {
    case 'header':
      return [problemOf(block.text, 150, 'plain_text')];
    case 'section': {
      if (!block.text && !block.fields) return ['a section without text'];
      if ((block.fields?.length ?? 1) < 1 || (block.fields?.length ?? 0) > 10) return ['more than ten fields'];
      return [
        ...(block.text ? [problemOf(block.text, 3000)] : []),
        ...(block.fields ?? []).map((field) => problemOf(field, 2000)),
      ];
    }
    case 'context':
      return block.elements && block.elements.length <= 10
        ? block.elements.map((element) => problemOf(element, 3000))
        : ['a context without elements'];
    default:
      return [`a block of the type ${block.type}`];
  }
}

/** What an incoming webhook of Slack's answers: `ok`, or 400 for what its limits forbid. */
export function asSlack({ headers, body }: Received): Answer {
  const refused = (why: string): Answer => ({ code: 400, body: `invalid_blocks: ${why}` });
  if (headers['content-type'] !== 'application/json') return { code: 400, body: 'invalid_payload' };
  const { text, blocks } = JSON.parse(body) as { text?: string; blocks?: Block[] };
  if (!text || text.length > 3000) return { code: 400, body: 'no_text' };
  if (!blocks?.length || blocks.length > 50) return refused('their number');
  const problem = blocks.flatMap(problemsOf).find((each) => each !== null);
  return problem ? refused(problem) : { code: 200, body: 'ok' };
}

/** The stand-in itself refuses what Slack would: otherwise it would prove nothing. */
export function expectToBeStrict(): void {
  const post = (message: object) => {
    const answer = asSlack({
      method: 'POST',
      path: '/',
      at: 0,
      rawHeaders: [],
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(message),
    });
    return typeof answer === 'object' && answer ? answer.code : answer;
  };
  const section = (text: string) => ({ type: 'section', text: { type: 'mrkdwn', text } });
  expect(post({ text: 'x', blocks: [section('*<https://a.example/?a&amp;b|x &lt; y>*')] })).toBe(200);
  for (const message of [
    { blocks: [section('x')] },
    { text: 'x', blocks: [] },
    { text: 'x', blocks: Array.from({ length: 51 }, () => section('x')) },
    { text: 'x', blocks: [section('x'.repeat(3001))] },
    { text: 'x', blocks: [section('a < b')] },
    { text: 'x', blocks: [section('a & b')] },
    { text: 'x', blocks: [section('<!channel>')] },
    { text: 'x', blocks: [section('')] },
    { text: 'x', blocks: [{ type: 'header', text: { type: 'plain_text', text: 'x'.repeat(151) } }] },
    {
      text: 'x',
      blocks: [{ type: 'section', fields: Array.from({ length: 11 }, () => ({ type: 'mrkdwn', text: 'x' })) }],
    },
    { text: 'x', blocks: [{ type: 'section', fields: [{ type: 'mrkdwn', text: 'x'.repeat(2001) }] }] },
    { text: 'x', blocks: [{ type: 'dance' }] },
  ]) {
    expect(post(message), JSON.stringify(message).slice(0, 100)).toBe(400);
  }
}

import type { ContextBlock, HeaderBlock, KnownBlock, MrkdwnElement, SectionBlock } from '@slack/types';
import { isObject } from '../../json/isObject.ts';
import { parseJson } from '../../json/parseJson.ts';
import { type Change, changesBetween } from '../diff.ts';
import type { Envelope } from '../profile.ts';
import { unixSeconds, withSeconds } from '../timestamp.ts';
import { escaped, linked } from './mrkdwn.ts';
import { addressOf, isAside, labelOf, nameOf, shown } from './values.ts';

/** Limits of an incoming webhook: https://docs.slack.dev/reference/block-kit/blocks (50 blocks; a message here has at most six). */
const max = { header: 150, text: 3000, fields: 10, field: 2000, changes: 20 } as const;

export interface SlackMessage {
  /** The text for notifications and screen readers. */
  readonly text: string;
  readonly blocks: KnownBlock[];
}

/** An event for people to read: what happened, to which object, its fields, what changed, and a link. */
export function messageOf({ eventType, occurredAt, data, previous }: Envelope): SlackMessage {
  const parsed: unknown = parseJson(data);
  const object = isObject(parsed) ? parsed : {};
  const title = titleOf(eventType);
  const name = nameOf(object) ?? shown(object.id) ?? shown(parsed);
  const blocks: KnownBlock[] = [header(title)];
  if (name) blocks.push(section(`*${linked(name, addressOf(object), max.text - 2)}*`));
  blocks.push(...fields(object));
  const changed = transition(object) ?? changes(changesBetween(previous, data) ?? []);
  if (changed) blocks.push(section(changed));
  blocks.push(context(eventType, occurredAt));
  return { text: escaped(name ? `${title}: ${name.replace(/\s+/g, ' ')}` : title, max.text), blocks };
}

/** `test_run.state_changed` as `Test run: state changed`. */
function titleOf(eventType: string): string {
  const [subject = '', ...verb] = eventType.split('.');
  return [labelOf(subject), labelOf(verb.join(' ')).toLowerCase()].filter((part) => part !== '').join(': ') || 'Event';
}

const header = (title: string): HeaderBlock => ({
  type: 'header',
  text: { type: 'plain_text', text: escaped(title, max.header) },
});

/** Verbatim, so that no name in the data becomes a mention or a channel. */
const mrkdwn = (text: string): MrkdwnElement => ({ type: 'mrkdwn', text, verbatim: true });

const section = (text: string): SectionBlock => ({ type: 'section', text: mrkdwn(text) });

function fields(object: Readonly<Record<string, unknown>>): SectionBlock[] {
  const lines = Object.entries(object)
    .filter(([member]) => !isAside(member) && member !== 'from_state' && member !== 'to_state')
    .map(([member, value]) => [member, shown(value)] as const)
    .filter((line): line is readonly [string, string] => line[1] !== null)
    .slice(0, max.fields)
    .map(([member, value]) => {
      const label = `*${escaped(labelOf(member), 200)}*\n`;
      return mrkdwn(label + escaped(value, max.field - label.length));
    });
  return lines.length === 0 ? [] : [{ type: 'section', fields: lines }];
}

/** A change of state that the data itself describes. */
function transition({ from_state, to_state }: Readonly<Record<string, unknown>>): string | null {
  const [from, to] = [shown(from_state), shown(to_state)];
  return from && to ? `*State*: ${escaped(from, 1000)} → ${escaped(to, 1000)}` : null;
}

function changes(all: readonly Change[]): string | null {
  const listed = all.filter(({ field }) => !isAside(field) || field === 'name' || field === 'title');
  if (listed.length === 0) return null;
  const room = Math.floor(max.text / (Math.min(listed.length, max.changes) + 1));
  const side = (value: string | undefined) => escaped((value && shown(parseJson(value))) ?? 'none', (room - 60) / 2);
  const lines = listed
    .slice(0, max.changes)
    .map(({ field, before, after }) => `*${escaped(labelOf(field), 50)}*: ${side(before)} → ${side(after)}`);
  if (listed.length > max.changes) lines.push(`and ${listed.length - max.changes} more`);
  return lines.join('\n');
}

/** Slack shows the time in the reader's own zone. */
function context(eventType: string, occurredAt: Date): ContextBlock {
  const time = `<!date^${unixSeconds(occurredAt)}^{date_short_pretty} {time}|${withSeconds(occurredAt)}>`;
  return { type: 'context', elements: [mrkdwn(`${escaped(eventType, 300)} · ${time}`)] };
}

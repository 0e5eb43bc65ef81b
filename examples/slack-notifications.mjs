// Tells a Slack channel when a milestone is completed, a task is blocked or a project is at risk.
//
//   WEBHOOK_SECRET=… SLACK_WEBHOOK_URL=https://hooks.slack.com/services/… node examples/slack-notifications.mjs
import { pathToFileURL } from 'node:url';
import { Seen, serve } from './receive.mjs';

/** Slack's limits: https://docs.slack.dev/reference/block-kit/blocks */
const max = { header: 150, text: 3000, field: 2000 };

const entities = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** Escapes text for Slack, and cuts it at whole characters to Slack's limit. */
export function escaped(text, length) {
  let result = '';
  for (const character of String(text).toWellFormed?.() ?? String(text)) {
    const next = entities[character] ?? character;
    if (result.length + next.length > length - 1) return `${result}…`;
    result += next;
  }
  return result;
}

/** The news in an event; null if there is none. */
function newsOf({ event, data }) {
  if (event === 'milestone.completed') return { title: '🏁 Milestone completed', fields: { Due: data.due_date } };
  if (event === 'project.status_changed' && data.status === 'at_risk') {
    return { title: '⚠️ Project at risk', fields: { Before: data.previous_status } };
  }
  const blocked = event === 'task.updated' && data.diff?.status?.after === 'blocked';
  if (blocked) return { title: '⛔ Task blocked', fields: { Assignee: data.assignee?.name, Due: data.due_date } };
  return null;
}

/** @returns a message in Block Kit; null if there is nothing to report */
export function messageOf(event) {
  const news = newsOf(event);
  if (news === null) return null;
  const { name = event.data.id, url } = event.data;
  const linked = /^https?:\/\/[^\s|<>]{1,1000}$/.test(url ?? '') ? `<${url.replaceAll('&', '&amp;')}|` : null;
  const title = escaped(name, max.text - (linked?.length ?? 0) - 5);
  const fields = Object.entries(news.fields)
    .filter(([, value]) => value)
    .map(([label, value]) => ({
      type: 'mrkdwn',
      verbatim: true,
      text: `*${label}*\n${escaped(value, max.field - 50)}`,
    }));
  return {
    text: escaped(`${news.title}: ${name}`, max.text),
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: news.title } },
      {
        type: 'section',
        text: {
          type: 'mrkdwn',
          verbatim: true,
          text: linked ? `*${linked}${title.replaceAll('|', '¦')}>*` : `*${title}*`,
        },
      },
      ...(fields.length > 0 ? [{ type: 'section', fields }] : []),
      { type: 'context', elements: [{ type: 'mrkdwn', verbatim: true, text: `${event.event} · ${event.timestamp}` }] },
    ],
  };
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const seen = new Seen();
  serve(async (event) => {
    const message = messageOf(event);
    if (message === null || seen.has(event.delivery_id)) return;
    const response = await fetch(process.env.SLACK_WEBHOOK_URL, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(message),
      // Within the time that Onplana waits for an answer: if Slack is away, the event comes again later.
      signal: AbortSignal.timeout(5_000),
    });
    if (!response.ok) throw new Error(`Slack answered ${response.status}: ${await response.text()}`);
    seen.add(event.delivery_id);
  });
}

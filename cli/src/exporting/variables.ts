import type { Webhook } from '@everhook/sdk';
import type { Present } from '../apply/present.ts';

/** The reference that a file has in place of a secret: of a webhook's header, or its URL. */
export type Variables = (webhookId: string, member: string) => string;

interface Secret {
  readonly webhookId: string;
  readonly member: string;
  readonly short: string;
  /** With the project before it. */
  readonly long: string;
}

/** A variable's name: `BOOKS_AUTHORIZATION`. */
const nameOf = (...parts: readonly string[]): string =>
  parts
    .join('_')
    .toUpperCase()
    .replace(/[^A-Z0-9]+/g, '_');

/** What of a webhook is a secret that a file must name. An address of Slack is one itself. */
export const urlMember = 'URL';
const membersOf = ({ profile, headers }: Webhook): string[] => [
  ...(profile === 'SLACK' ? [urlMember] : []),
  ...headers.map(({ name }) => name),
];

const secretsOf = (project: string, webhooks: readonly Webhook[]): Secret[] =>
  webhooks.flatMap((webhook) => {
    const of = webhook.externalId;
    if (of === null) return [];
    return membersOf(webhook).map((member) => {
      const long = project === '' ? nameOf(of, member) : nameOf(project, of, member);
      return { webhookId: webhook.id, member, short: nameOf(of, member), long };
    });
  });

/** Whatever the order in which they are listed, each gets the same name. */
const inOrder = (one: Secret, other: Secret): number => {
  const [a, b] = [one, other].map(({ long, member, webhookId }) => `${long} ${member} ${webhookId}`) as [
    string,
    string,
  ];
  return a < b ? -1 : Number(a > b);
};

/**
 * A variable of its own for each secret of an export: that of one receiver must not reach another one. It is named after the webhook;
 * after its project, too, where others would have the same name; and numbered where that is not enough.
 */
export function variablesOf({ webhooks, projects }: Present): Variables {
  const secrets = [
    ...secretsOf('', webhooks),
    ...projects.flatMap(({ project, webhooks }) => secretsOf(project.externalId ?? '', webhooks)),
  ].sort(inOrder);
  const shorts = new Map<string, number>();
  for (const { short } of secrets) shorts.set(short, (shorts.get(short) ?? 0) + 1);
  const chosen = secrets.map((secret) => ({
    ...secret,
    name: shorts.get(secret.short) === 1 ? secret.short : secret.long,
  }));
  const names = new Set(chosen.map(({ name }) => name));
  const taken = new Set<string>();
  const keyOf = (webhookId: string, member: string) => `${webhookId} ${member}`;
  const references = new Map<string, string>();
  for (const { webhookId, member, name } of chosen) {
    let free = name;
    for (let number = 2; taken.has(free) || (free !== name && names.has(free)); number++) free = `${name}_${number}`;
    taken.add(free);
    references.set(keyOf(webhookId, member), `\${env:${free}}`);
  }
  return (webhookId, member) => references.get(keyOf(webhookId, member)) ?? '';
}

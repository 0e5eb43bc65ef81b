import type { Profile, Webhook, WebhookActivity } from '@everhook/sdk';
import { profileTexts } from './profiles.ts';
import { type Standing, standingOf, standings } from './standing.ts';
import { successOf } from './success.ts';

/** What the list can be sorted by. By default: the newest first. */
export const sorts = ['name', 'url', 'profile', 'state', 'success', 'last', 'waiting', 'events'] as const;
export type Sort = (typeof sorts)[number];

export interface Order {
  readonly by: Sort;
  readonly descending: boolean;
}

/** How the address asks for the list. */
export interface ListState {
  readonly search: string;
  readonly standing: Standing | null;
  readonly profile: Profile | null;
  readonly order: Order | null;
  readonly view: 'table' | 'cards' | null;
}

const oneOf = <Value extends string>(values: readonly Value[], text: string | null): Value | null =>
  values.find((each) => each === text) ?? null;

/** An address may have been typed by hand: invalid values change nothing. */
export function listState(search: URLSearchParams): ListState {
  const [, minus, by] = /^(-?)(\w+)$/.exec(search.get('sort') ?? '') ?? [];
  const sort = oneOf(sorts, by ?? null);
  return {
    search: search.get('search') ?? '',
    standing: oneOf(standings, search.get('state')),
    profile: oneOf(Object.keys(profileTexts) as Profile[], search.get('profile')),
    order: sort === null ? null : { by: sort, descending: minus === '-' },
    view: oneOf(['table', 'cards'] as const, search.get('view')),
  };
}

export const orderText = ({ by, descending }: Order): string => `${descending ? '-' : ''}${by}`;

export function fits(webhook: Webhook, { search, standing, profile }: ListState): boolean {
  const text = `${webhook.name} ${webhook.url} ${webhook.description ?? ''} ${webhook.externalId ?? ''} ${webhook.id}`;
  return (
    (standing === null || standingOf(webhook) === standing) &&
    (profile === null || webhook.profile === profile) &&
    text.toLowerCase().includes(search.trim().toLowerCase())
  );
}

type Activities = ReadonlyMap<string, WebhookActivity>;

/** What waits, is held or was missed, together. */
export const waitingOf = (activity: WebhookActivity | null | undefined): number =>
  (activity?.retryWorkflow?.waiting ?? 0) + (activity?.heldCount ?? 0) + (activity?.missedEvents?.count ?? 0);

/** Whether an order needs what only the activities say. */
export const needsActivities = (order: Order | null): boolean => order?.by === 'success' || order?.by === 'waiting';

/** Null: nothing to compare, which comes last in either direction. */
function keyOf(webhook: Webhook, by: Sort, activities: Activities): string | number | null {
  const activity = activities.get(webhook.id);
  switch (by) {
    case 'name':
      return webhook.name.toLowerCase();
    case 'url':
      return webhook.url;
    case 'profile':
      return profileTexts[webhook.profile].name;
    case 'state':
      return standings.indexOf(standingOf(webhook));
    case 'success':
      return activity ? successOf(activity.lastHours ?? []).share : null;
    case 'last':
      return webhook.lastDispatchedAt ? Date.parse(webhook.lastDispatchedAt) : null;
    case 'waiting':
      return activity ? waitingOf(activity) : null;
    case 'events':
      // All of them are more than any number.
      return webhook.eventTypes.length === 0 ? Number.MAX_SAFE_INTEGER : webhook.eventTypes.length;
  }
}

/** Webhooks in the order that was asked for; equal ones stay as they were. */
export function sorted(webhooks: readonly Webhook[], order: Order | null, activities: Activities): readonly Webhook[] {
  if (order === null) return webhooks;
  const sign = order.descending ? -1 : 1;
  return webhooks
    .map((webhook) => ({ webhook, key: keyOf(webhook, order.by, activities) }))
    .sort(({ key: a }, { key: b }) => {
      if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
      const compared = typeof a === 'string' && typeof b === 'string' ? a.localeCompare(b) : Number(a) - Number(b);
      return sign * compared;
    })
    .map(({ webhook }) => webhook);
}

import type { Webhook } from '@everhook/sdk';
import { profileTexts } from './profiles.ts';

/** How a webhook stands, what needs somebody first. */
export const standings = ['disabled', 'degraded', 'off', 'paused', 'resuming', 'healthy'] as const;
export type Standing = (typeof standings)[number];

type State = Pick<Webhook, 'active' | 'health' | 'pausedAt' | 'resumingAt'>;

/** The one word for a webhook's state: what stops it goes before what only ails it. */
export function standingOf({ active, health, pausedAt, resumingAt }: State): Standing {
  if (health === 'DISABLED') return 'disabled';
  if (!active) return 'off';
  if (resumingAt != null) return 'resuming';
  if (pausedAt != null) return 'paused';
  return health === 'DEGRADED' ? 'degraded' : 'healthy';
}

/** Whether it gets its events, held ones included: what its switch shows. */
export const getsEvents = ({ active, health }: Pick<State, 'active' | 'health'>): boolean =>
  active && health !== 'DISABLED';

export type Action =
  | 'edit'
  | 'test'
  | 'switchOn'
  | 'switchOff'
  | 'reEnable'
  | 'pause'
  | 'resume'
  | 'recover'
  | 'rotate'
  | 'reveal'
  | 'retire'
  | 'extend'
  | 'delete';

/** What the viewer may do to a webhook. */
export interface Rights {
  readonly manages: boolean;
  readonly replays: boolean;
  readonly reveals: boolean;
}

type Offered = State & Pick<Webhook, 'profile' | 'hasSecret' | 'retiringSecretUntil' | 'retiringSecretExtended'>;

/** The actions that a webhook's state and the viewer's rights allow: none is offered that the server would refuse. */
export function offered(webhook: Offered, { manages, replays, reveals }: Rights): ReadonlySet<Action> {
  const { active, health, pausedAt, resumingAt, hasSecret, retiringSecretUntil, retiringSecretExtended } = webhook;
  const disabled = health === 'DISABLED';
  const receives = getsEvents(webhook);
  const retiring = retiringSecretUntil != null;
  const { rotation, revealable } = profileTexts[webhook.profile];
  const allowed: Readonly<Record<Action, boolean>> = {
    edit: manages,
    test: manages,
    switchOn: manages && !active && !disabled,
    switchOff: manages && active && !disabled,
    reEnable: manages && disabled,
    pause: manages && receives && (pausedAt == null || resumingAt != null),
    resume: manages && receives && pausedAt != null && resumingAt == null,
    recover: replays && receives,
    rotate: manages && hasSecret && rotation !== 'none' && !retiring,
    reveal: reveals && hasSecret && revealable,
    retire: manages && retiring,
    extend: manages && retiring && !retiringSecretExtended,
    delete: manages,
  };
  return new Set((Object.keys(allowed) as Action[]).filter((action) => allowed[action]));
}

/** What a click on its switch does. */
export const switchAction = (webhook: State): 'switchOn' | 'switchOff' | 'reEnable' =>
  webhook.health === 'DISABLED' ? 'reEnable' : webhook.active ? 'switchOff' : 'switchOn';

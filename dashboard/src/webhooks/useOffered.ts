import type { Webhook } from '@everhook/sdk';
import { useSession } from '../session/session.tsx';
import { useScope } from '../shell/scope.tsx';
import { type Action, offered, type Rights } from './standing.ts';

/** What the viewer may do to a webhook. */
export function useRights(): (webhook: Pick<Webhook, 'project'>) => Rights {
  const { viewer } = useSession();
  const { may } = useScope();
  return ({ project }) => {
    // A project's viewer cannot change a webhook of the whole organization.
    const within = viewer.project === null || project !== null;
    return {
      manages: may('WEBHOOK_MANAGE') && within,
      replays: may('DELIVERY_REPLAY') && within,
      reveals: may('SECRET_REVEAL') && within,
    };
  };
}

/** What is offered for a webhook to the viewer. */
export function useOffered(webhook: Webhook): ReadonlySet<Action> {
  return offered(webhook, useRights()(webhook));
}

import type { Webhook } from '@everhook/sdk';
import { useLocation } from 'wouter';
import { Button } from '../design/Button.tsx';
import { MoreIcon } from '../design/icons.tsx';
import { Menu, type MenuEntry } from '../design/Menu.tsx';
import { useScope } from '../shell/scope.tsx';
import { useWords } from '../words/words.ts';
import { type AskedAction, useOpenAction } from './ActionDialogs.tsx';
import { useOffered } from './useOffered.ts';
import { webhookPath } from './webhookPath.ts';

interface MenuProps {
  readonly webhook: Webhook;
  /** What has buttons of its own beside the menu. */
  readonly without?: readonly AskedAction[];
  /** Whether the menu leads to the webhook's page. */
  readonly leads?: boolean;
}

/** A webhook's actions, those alone that it can take now. */
export function WebhookMenu({ webhook, without = [], leads = true }: MenuProps) {
  const t = useWords('webhooks');
  const scope = useScope();
  const [, navigate] = useLocation();
  const open = useOpenAction();
  const may = useOffered(webhook);
  const group = (...actions: readonly AskedAction[]): MenuEntry[] =>
    actions
      .filter((action) => may.has(action) && !without.includes(action))
      .map((action) => ({
        label: t(`actions.${action}`),
        danger: action === 'delete',
        onSelect: () => open(webhook, action),
      }));
  const groups: readonly (readonly MenuEntry[])[] = [
    leads
      ? [
          { label: t('actions.open'), onSelect: () => navigate(scope.path(webhookPath(webhook.id))) },
          {
            label: t('actions.deliveries'),
            onSelect: () => navigate(scope.path(webhookPath(webhook.id, 'deliveries'))),
          },
        ]
      : [],
    group('edit', 'test', 'reEnable', 'pause', 'resume', 'recover'),
    group('rotate', 'extend', 'retire'),
    group('delete'),
  ];
  const entries = groups
    .filter((each) => each.length > 0)
    .flatMap((each, place): (MenuEntry | null)[] => (place === 0 ? [...each] : [null, ...each]));
  if (entries.length === 0) return null;
  return (
    <Menu
      trigger={
        <Button small square look="quiet" aria-label={t('actions.more', { name: webhook.name })}>
          <MoreIcon />
        </Button>
      }
      entries={entries}
    />
  );
}

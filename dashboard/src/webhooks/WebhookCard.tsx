import type { Delivery, Webhook } from '@everhook/sdk';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useLocation } from 'wouter';
import { Button } from '../design/Button.tsx';
import { MoreIcon, SendIcon } from '../design/icons.tsx';
import { Menu, type MenuEntry } from '../design/Menu.tsx';
import { Badge, Card, messageOf, Notice } from '../design/Surfaces.tsx';
import { useToast } from '../design/Toasts.tsx';
import { Switch } from '../design/Toggles.tsx';
import { useSession } from '../session/session.tsx';
import { useScope } from '../shell/scope.tsx';
import { Ago } from '../time/Time.tsx';
import { ActionDialog, type WebhookAction } from './ActionDialog.tsx';
import { EventTypePicker } from './EventTypePicker.tsx';
import { HealthBadge } from './HealthBadge.tsx';
import { profileTexts } from './profiles.ts';
import { putWebhook, useEventTypes } from './queries.ts';
import { RecoverDialog } from './RecoverDialog.tsx';
import { Sparkline } from './Sparkline.tsx';
import { TestResult } from './TestResult.tsx';
import { WebhookForm } from './WebhookForm.tsx';
import styles from './webhooks.module.css';

type Open = 'edit' | 'recover' | WebhookAction | null;

export function WebhookCard({ webhook }: { readonly webhook: Webhook }) {
  const { client, viewer } = useSession();
  const scope = useScope();
  const { may } = scope;
  const queries = useQueryClient();
  const toast = useToast();
  const [, navigate] = useLocation();
  const [open, setOpen] = useState<Open>(null);
  const [events, setEvents] = useState(false);
  const [test, setTest] = useState<Delivery | null>(null);
  // A project's viewer cannot change a webhook of the whole organization.
  const manages = may('WEBHOOK_MANAGE') && (viewer.project === null || webhook.project !== null);

  const setActive = useMutation({
    mutationFn: (active: boolean) => client.webhooks.setActive(webhook.id, active),
    onMutate: async (active) => {
      // The list being fetched is older than this change.
      await queries.cancelQueries({ queryKey: ['webhooks'] });
      putWebhook(queries, { ...webhook, active });
      return webhook;
    },
    onSuccess: (changed) => putWebhook(queries, changed),
    onError: (error, _active, before) => {
      if (before) putWebhook(queries, before);
      toast(messageOf(error));
    },
    onSettled: () => void queries.invalidateQueries({ queryKey: ['webhooks'] }),
  });
  const sendTest = useMutation({
    mutationFn: () => client.webhooks.sendTest(webhook.id),
    onMutate: () => setTest(null),
    onSuccess: setTest,
    onError: (error) => toast(messageOf(error)),
  });

  const entries: (MenuEntry | null)[] = [
    { label: 'Show deliveries', onSelect: () => navigate(scope.path(`deliveries?webhook=${webhook.id}`)) },
    ...(manages ? [{ label: 'Edit…', onSelect: () => setOpen('edit') }] : []),
    ...(may('DELIVERY_REPLAY') ? [{ label: 'Recover deliveries…', onSelect: () => setOpen('recover') }] : []),
    ...(manages && webhook.hasSecret && profileTexts[webhook.profile].rotation !== 'none'
      ? [null, { label: 'Rotate secret…', onSelect: () => setOpen('rotate') }]
      : []),
    ...(manages ? [null, { label: 'Delete…', danger: true, onSelect: () => setOpen('delete') }] : []),
  ];
  const where = webhook.project
    ? scope.projects.find(({ id }) => id === webhook.project?.id)?.name
    : 'Whole organization';

  return (
    <Card className={styles.card} aria-label={webhook.name}>
      <div className={styles.cardhead}>
        <div className={styles.title}>
          <h2 title={webhook.name}>{webhook.name}</h2>
          <HealthBadge webhook={webhook} />
          {!webhook.active && <Badge>Off</Badge>}
        </div>
        <Switch
          label={`${webhook.name} is active`}
          checked={webhook.active}
          disabled={!manages}
          onChange={(active) => setActive.mutate(active)}
        />
      </div>
      <div className={styles.way}>
        <Badge plain tone="accent">
          {profileTexts[webhook.profile].name}
        </Badge>
        {where && scope.project === null && <Badge plain>{where}</Badge>}
        <code title={webhook.url}>{webhook.url}</code>
      </div>
      <p className={styles.description} title={webhook.description ?? undefined}>
        {webhook.description}
      </p>
      <dl className={styles.facts}>
        <div>
          <dt>Last dispatched</dt>
          <dd>
            <Ago time={webhook.lastDispatchedAt} />
          </dd>
        </div>
        <div>
          <dt>Last success</dt>
          <dd>
            <Ago time={webhook.lastSuccessAt} />
          </dd>
        </div>
        <div>
          <dt>Last failure</dt>
          <dd>
            <Ago time={webhook.lastFailureAt} />
          </dd>
        </div>
      </dl>
      <Sparkline
        webhookId={webhook.id}
        trouble={webhook.health === 'DISABLED' ? (webhook.healthReason ?? 'Its failures disabled it.') : null}
      />
      <div className={styles.actions}>
        <Button small aria-expanded={events} onClick={() => setEvents(!events)}>
          {webhook.eventTypes.length === 0 ? 'All events' : `${webhook.eventTypes.length} events`}
        </Button>
        {manages && (
          <Button small data-icon disabled={sendTest.isPending} onClick={() => sendTest.mutate()}>
            <SendIcon /> Send test
          </Button>
        )}
        {manages && webhook.health === 'DISABLED' && (
          <Button small look="primary" onClick={() => setOpen('reEnable')}>
            Re-enable
          </Button>
        )}
        <Menu
          trigger={
            <Button small square look="quiet" aria-label={`More for ${webhook.name}`}>
              <MoreIcon />
            </Button>
          }
          entries={entries}
        />
      </div>
      {webhook.retiringSecretUntil && (
        <Notice tone="warn">
          Two secrets sign: the old one retires <Ago time={webhook.retiringSecretUntil} />.
          {manages && (
            <div className={styles.actions}>
              <Button small onClick={() => setOpen('retire')}>
                Retire now
              </Button>
              {!webhook.retiringSecretExtended && (
                <Button small onClick={() => setOpen('extend')}>
                  Extend
                </Button>
              )}
            </div>
          )}
        </Notice>
      )}
      {(sendTest.isPending || test) && <TestResult key={test?.id} webhook={webhook} sent={test} />}
      {events && <Subscription webhook={webhook} disabled={!manages} />}
      {open === 'edit' && <WebhookForm webhook={webhook} onClose={() => setOpen(null)} />}
      {open === 'recover' && <RecoverDialog webhook={webhook} onClose={() => setOpen(null)} />}
      {open !== null && open !== 'edit' && open !== 'recover' && (
        <ActionDialog webhook={webhook} action={open} onClose={() => setOpen(null)} />
      )}
    </Card>
  );
}

/** The webhook's event types, saved as they are ticked. */
function Subscription({ webhook, disabled }: { readonly webhook: Webhook; readonly disabled: boolean }) {
  const { client } = useSession();
  const queries = useQueryClient();
  const types = useEventTypes(webhook.project?.id ?? null);
  // The last click's choice until it is saved: results of earlier clicks, or of fetches, must not undo it.
  const [wanted, setWanted] = useState<readonly string[] | null>(null);
  const save = useMutation({
    // One save after the other, so that the last click wins.
    scope: { id: `subscription:${webhook.id}` },
    mutationFn: (eventTypes: string[]) => client.webhooks.update(webhook.id, { eventTypes }),
    onMutate: setWanted,
    onSuccess: (changed) => putWebhook(queries, changed),
    onSettled: (_changed, _error, eventTypes) => {
      // An older list would undo this, and the next click with it, so it is refetched.
      void queries.invalidateQueries({ queryKey: ['webhooks'] });
      setWanted((now) => (now === eventTypes ? null : now));
    },
  });
  return (
    <div className={styles.subscription}>
      <span className="visually-hidden" role="status">
        {save.isPending ? 'Saving…' : save.isSuccess ? 'Saved' : ''}
      </span>
      {save.isError && <Notice tone="bad">{messageOf(save.error)}</Notice>}
      <EventTypePicker
        types={types}
        saving={save.isPending ? 'saving' : save.isSuccess ? 'saved' : save.isError ? 'failed' : 'idle'}
        selected={wanted ?? webhook.eventTypes}
        disabled={disabled}
        onChange={save.mutate}
      />
    </div>
  );
}

import type { CreatedWebhook, WebhookHealth } from '@everhook/sdk';
import { useState } from 'react';
import { useSearchParams } from 'wouter';
import { Button } from '../design/Button.tsx';
import controls from '../design/controls.module.css';
import { HookIcon, PlusIcon } from '../design/icons.tsx';
import { Card, Empty, Failure, Loading } from '../design/Surfaces.tsx';
import { Outdated } from '../shell/Outdated.tsx';
import { PageHead } from '../shell/Shell.tsx';
import { useScope } from '../shell/scope.tsx';
import { useWebhooks } from './queries.ts';
import { useReveal } from './Reveals.tsx';
import { WebhookCard } from './WebhookCard.tsx';
import { WebhookForm } from './WebhookForm.tsx';
import styles from './webhooks.module.css';

export default function WebhooksPage() {
  const { projects, may } = useScope();
  const webhooks = useWebhooks();
  const [search, setSearch] = useSearchParams();
  const [creating, setCreating] = useState(false);
  const reveal = useReveal();
  const onCreated = ({ webhook, secret }: CreatedWebhook) =>
    secret &&
    reveal({
      title: `${webhook.name} is ready`,
      values: { 'Signing secret': secret },
      note: <p className="muted">Its receiver verifies with this secret that deliveries come from here.</p>,
    });
  const text = search.get('search') ?? '';
  const health = search.get('health') as WebhookHealth | null;

  const filter = (name: string, value: string) =>
    setSearch(
      (now) => {
        if (value === '') now.delete(name);
        else now.set(name, value);
        return now;
      },
      { replace: true },
    );
  const shown = webhooks.data?.filter(
    (webhook) =>
      (health === null || webhook.health === health) &&
      `${webhook.name} ${webhook.url}`.toLowerCase().includes(text.trim().toLowerCase()),
  );
  const add = may('WEBHOOK_MANAGE') && (
    <Button look="primary" onClick={() => setCreating(true)}>
      <PlusIcon /> New webhook
    </Button>
  );

  return (
    <>
      <PageHead title="Webhooks">
        <div className={styles.filters}>
          <input
            type="search"
            className={controls.input}
            placeholder="Search by name or URL"
            aria-label="Search webhooks"
            value={text}
            onChange={(event) => filter('search', event.target.value)}
          />
          <select
            className={controls.input}
            aria-label="Health"
            value={health ?? ''}
            onChange={(event) => filter('health', event.target.value)}
          >
            <option value="">Any health</option>
            <option value="HEALTHY">Healthy</option>
            <option value="DEGRADED">Degraded</option>
            <option value="DISABLED">Disabled</option>
          </select>
        </div>
        {add}
      </PageHead>
      {webhooks.isPending && <Loading rows={8} height="15.2rem" className={styles.list} />}
      {webhooks.isLoadingError && <Failure error={webhooks.error} retry={() => void webhooks.refetch()} />}
      {webhooks.isRefetchError && <Outdated error={webhooks.error} retry={() => void webhooks.refetch()} />}
      {shown?.length === 0 && (
        <Card>
          {webhooks.data?.length === 0 ? (
            <Empty icon={<HookIcon />} title="No webhooks yet">
              <p>
                A webhook is an address that gets your events, signed and retried, in the form that its receiver
                understands.
                {projects.length === 0 &&
                  ' Make a project first, under Settings, to give it a profile and event types.'}
              </p>
              {add}
            </Empty>
          ) : (
            <Empty icon={<HookIcon />} title="No webhook fits">
              <p>Change the search or the health above.</p>
            </Empty>
          )}
        </Card>
      )}
      <ul className={styles.list}>
        {shown?.map((webhook) => (
          <li key={webhook.id}>
            <WebhookCard webhook={webhook} />
          </li>
        ))}
      </ul>
      {creating && <WebhookForm onCreated={onCreated} onClose={() => setCreating(false)} />}
    </>
  );
}

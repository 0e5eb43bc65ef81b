import type { InboundWebhook, IssueIntegration, RevealedInboundWebhook } from '@everhook/sdk';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';
import { Button, buttonClass } from '../design/Button.tsx';
import { Confirm } from '../design/Dialogs.tsx';
import { TextField } from '../design/Field.tsx';
import { Badge, Card, messageOf } from '../design/Surfaces.tsx';
import { useToast } from '../design/Toasts.tsx';
import { useSession } from '../session/session.tsx';
import { FormDialog } from '../settings/FormDialog.tsx';
import { useScope } from '../shell/scope.tsx';
import { Ago } from '../time/Time.tsx';
import { useReveal } from '../webhooks/Reveals.tsx';
import { useWords } from '../words/words.ts';
import styles from './inbound.module.css';
import { nameOf, stepsOf } from './providers.ts';

interface CardProps {
  readonly projectId: string;
  readonly integration: IssueIntegration | null;
  readonly webhook: InboundWebhook | null;
}

/** The address to which the tracker reports. */
export function InboundWebhookCard({ projectId, integration, webhook }: CardProps) {
  const { client } = useSession();
  const queries = useQueryClient();
  const toast = useToast();
  const t = useWords('inbound');
  const scope = useScope();
  const [open, setOpen] = useState<'add' | 'rotate' | 'delete' | null>(null);
  const reveal = useReveal();
  const show = ({ url, secret, inboundWebhook }: RevealedInboundWebhook) => {
    const name = nameOf(inboundWebhook.provider);
    reveal({
      title: t('webhook.ready'),
      values: { [t('webhook.url')]: url, ...(secret && { [t('webhook.secret')]: secret }) },
      note: (
        <>
          <h3>{t('webhook.in', { name })}</h3>
          <Steps steps={stepsOf(inboundWebhook.provider)} />
        </>
      ),
    });
  };
  const changed = () =>
    Promise.all([
      queries.invalidateQueries({ queryKey: ['inboundWebhook', projectId] }),
      queries.invalidateQueries({ queryKey: ['integration', projectId] }),
    ]);
  const add = useMutation({
    mutationFn: (input: { username?: string; password?: string }) =>
      client.inbound.createWebhook({ projectId, ...input }),
    onSuccess: (created) => {
      show(created);
      // A secret that is shown once must not wait for a list.
      void changed();
    },
  });
  const test = useMutation({
    mutationFn: () => client.inbound.sendTest({ projectId }),
    onSuccess: ({ outcome }) => toast(t(outcome === 'DUPLICATE' ? 'webhook.testDuplicate' : 'webhook.testLogged')),
    onSettled: () => void changed(),
    onError: (error) => toast(messageOf(error)),
  });
  const cannot =
    integration && !integration.supportsInboundWebhook
      ? t('webhook.linksAlone', { name: nameOf(integration.provider) })
      : null;
  const azure = integration?.provider === 'AZURE_DEVOPS';

  return (
    <Card className={styles.card} aria-label={t('webhook.title')}>
      <div className={styles.head}>
        <h2>{t('webhook.title')}</h2>
        {webhook && <Health activity={webhook.activity} />}
      </div>
      {webhook ? (
        <>
          <dl className={styles.facts}>
            <div>
              <dt>{t('webhook.from')}</dt>
              <dd>{nameOf(webhook.provider)}</dd>
            </div>
            <div>
              <dt>{t('webhook.url')}</dt>
              <dd>
                <code>{webhook.url}</code>
              </dd>
            </div>
            <div>
              <dt>{t('webhook.received')}</dt>
              <dd>
                <Ago time={webhook.activity.lastReceivedAt} />
              </dd>
            </div>
            <div>
              <dt>{t('webhook.success')}</dt>
              <dd>
                <Ago time={webhook.activity.lastSuccessAt} />
              </dd>
            </div>
            <div>
              <dt>{t('webhook.failure')}</dt>
              <dd>
                <Ago time={webhook.activity.lastFailureAt} />
              </dd>
            </div>
            <div>
              <dt>{t('webhook.made')}</dt>
              <dd>
                <Ago time={webhook.createdAt} />
              </dd>
            </div>
            <div>
              <dt>{t('webhook.rotated')}</dt>
              <dd>
                <Ago time={webhook.rotatedAt} />
              </dd>
            </div>
          </dl>
          <details>
            <summary>{t('webhook.howTo', { name: nameOf(webhook.provider) })}</summary>
            <Steps steps={stepsOf(webhook.provider)} />
          </details>
          <div className={styles.actions}>
            <Button disabled={test.isPending} onClick={() => test.mutate()}>
              {t('webhook.sendTest')}
            </Button>
            {webhook.canRotate && <Button onClick={() => setOpen('rotate')}>{t('webhook.rotate')}</Button>}
            <Button onClick={() => setOpen('delete')}>{t('webhook.delete')}</Button>
            <Link className={buttonClass({ look: 'quiet' })} href={scope.path('deliveries?direction=INBOUND')}>
              {t('webhook.reports')}
            </Link>
          </div>
        </>
      ) : (
        <>
          <p className="muted" id="inbound-why">
            {integration ? (cannot ?? t('webhook.addHint')) : t('webhook.required')}{' '}
            {!integration && <a href="#issue-integration">{t('webhook.requiredLink')}</a>}
          </p>
          <div className={styles.actions}>
            <Button
              look="primary"
              disabled={!integration || cannot !== null || add.isPending}
              aria-describedby="inbound-why"
              onClick={() => (azure ? setOpen('add') : add.mutate({}, { onError: (error) => toast(messageOf(error)) }))}
            >
              {t('webhook.add')}
            </Button>
          </div>
        </>
      )}
      {open === 'add' && <AzureCredentials onSubmit={add.mutateAsync} onClose={() => setOpen(null)} />}
      {open === 'rotate' && (
        <Confirm
          title={t('webhook.rotateTitle')}
          action={t('webhook.rotate')}
          onConfirm={async () => {
            show(await client.inbound.rotateWebhook({ projectId }));
            void changed();
          }}
          onClose={() => setOpen(null)}
        >
          {t('webhook.rotateText')}
        </Confirm>
      )}
      {open === 'delete' && (
        <Confirm
          title={t('webhook.deleteTitle')}
          action={t('webhook.delete')}
          danger
          onConfirm={async () => {
            await client.inbound.deleteWebhook({ projectId });
            await changed();
          }}
          onClose={() => setOpen(null)}
        >
          {t('webhook.deleteText')}
        </Confirm>
      )}
    </Card>
  );
}

/** As outbound webhooks have it: how the latest reports went. */
function Health({ activity: { health, consecutiveFailures, lastReceivedAt } }: Pick<InboundWebhook, 'activity'>) {
  const t = useWords('inbound');
  if (!lastReceivedAt) return <Badge>{t('health.waiting')}</Badge>;
  return (
    <Badge
      tone={health === 'DEGRADED' ? 'warn' : 'good'}
      tip={consecutiveFailures > 0 ? t('health.inARow', { count: consecutiveFailures }) : undefined}
    >
      {t(`health.${health === 'DEGRADED' ? 'DEGRADED' : 'HEALTHY'}`)}
    </Badge>
  );
}

function Steps({ steps }: { readonly steps: readonly string[] }) {
  return (
    <ol className={styles.steps}>
      {steps.map((step) => (
        <li key={step}>{step}</li>
      ))}
    </ol>
  );
}

interface CredentialsProps {
  onSubmit(credentials: { username: string; password: string }): Promise<unknown>;
  onClose(): void;
}

/** Azure DevOps authenticates with a name and a password that people choose. */
function AzureCredentials({ onSubmit, onClose }: CredentialsProps) {
  const t = useWords('inbound');
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  return (
    <FormDialog
      title={t('credentials.title')}
      action={t('webhook.add')}
      onSubmit={() => onSubmit({ username, password })}
      onClose={onClose}
    >
      <TextField
        name="username"
        label={t('credentials.user')}
        autoComplete="off"
        value={username}
        onChange={(event) => setUsername(event.target.value)}
      />
      <TextField
        name="password"
        label={t('credentials.password')}
        hint={t('credentials.hint')}
        type="password"
        autoComplete="new-password"
        value={password}
        onChange={(event) => setPassword(event.target.value)}
      />
    </FormDialog>
  );
}

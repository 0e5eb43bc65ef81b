import type { IssueIntegration } from '@everhook/sdk';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '../design/Button.tsx';
import { Confirm } from '../design/Dialogs.tsx';
import { SelectField, TextField } from '../design/Field.tsx';
import { Badge, Card, Notice } from '../design/Surfaces.tsx';
import { useSession } from '../session/session.tsx';
import { FormDialog } from '../settings/FormDialog.tsx';
import { Ago } from '../time/Time.tsx';
import { useWords } from '../words/words.ts';
import styles from './inbound.module.css';
import { nameOf, type Provider, providers, tokenLabelOf } from './providers.ts';

interface CardProps {
  readonly projectId: string;
  readonly integration: IssueIntegration | null;
}

/** The tracker that the project's issues live in. */
export function IntegrationCard({ projectId, integration }: CardProps) {
  const { client } = useSession();
  const queries = useQueryClient();
  const t = useWords('inbound');
  const [open, setOpen] = useState<'set' | 'remove' | null>(null);
  const changed = async () => {
    await Promise.all([
      queries.invalidateQueries({ queryKey: ['integration', projectId] }),
      queries.invalidateQueries({ queryKey: ['inboundWebhook', projectId] }),
    ]);
  };
  return (
    <Card id="issue-integration" tabIndex={-1} className={styles.card} aria-label={t('integration.title')}>
      <div className={styles.head}>
        <h2>{t('integration.title')}</h2>
        {integration && (
          <Badge plain tone="accent">
            {nameOf(integration.provider)}
          </Badge>
        )}
      </div>
      {integration ? (
        <dl className={styles.facts}>
          <div>
            <dt>{t('integration.address')}</dt>
            <dd>
              <code>{integration.baseUrl}</code>
            </dd>
          </div>
          <div>
            <dt>{t('integration.connected')}</dt>
            <dd>
              <Ago time={integration.createdAt} />
            </dd>
          </div>
          {integration.pausedUntil && Date.parse(integration.pausedUntil) > Date.now() && (
            <div>
              <dt>{t('integration.leftAlone')}</dt>
              <dd>
                <Ago time={integration.pausedUntil} />
              </dd>
            </div>
          )}
        </dl>
      ) : (
        <p className="muted">{t('integration.none')}</p>
      )}
      <div className={styles.actions}>
        <Button look={integration ? 'normal' : 'primary'} onClick={() => setOpen('set')}>
          {integration ? t('integration.change') : t('integration.connect')}
        </Button>
        {integration && <Button onClick={() => setOpen('remove')}>{t('integration.disconnect')}</Button>}
      </div>
      {open === 'set' && (
        <SetIntegration
          projectId={projectId}
          integration={integration}
          onChanged={changed}
          onClose={() => setOpen(null)}
        />
      )}
      {open === 'remove' && integration && (
        <Confirm
          title={t('integration.disconnectTitle', { name: nameOf(integration.provider) })}
          action={t('integration.disconnect')}
          danger
          onConfirm={async () => {
            await client.inbound.removeIntegration({ projectId });
            await changed();
          }}
          onClose={() => setOpen(null)}
        >
          {t('integration.issuesStay')} {integration.removesInboundWebhook && t('integration.webhookGoes')}
        </Confirm>
      )}
    </Card>
  );
}

function SetIntegration({
  projectId,
  integration,
  onChanged,
  onClose,
}: CardProps & { onChanged(): Promise<void>; onClose(): void }) {
  const { client } = useSession();
  const [provider, setProvider] = useState<Provider>(integration?.provider ?? 'GITHUB');
  const [baseUrl, setBaseUrl] = useState(integration?.baseUrl ?? '');
  const [email, setEmail] = useState('');
  const [token, setToken] = useState('');
  const t = useWords('inbound');
  const form = providers[provider];
  const tokenLabel = tokenLabelOf(provider);
  return (
    <FormDialog
      title={t('integration.title')}
      action={t('integration.save')}
      onSubmit={async () => {
        await client.inbound.setIntegration({
          projectId,
          provider,
          ...(baseUrl.trim() && { baseUrl: baseUrl.trim() }),
          ...(tokenLabel && { credentials: { token, ...(form.email && email.trim() && { email: email.trim() }) } }),
        });
        await onChanged();
      }}
      onClose={onClose}
    >
      <SelectField
        label={t('integration.tracker')}
        value={provider}
        onChange={(event) => {
          const chosen = event.target.value as Provider;
          setProvider(chosen);
          setBaseUrl(chosen === integration?.provider ? integration.baseUrl : '');
        }}
      >
        {(Object.keys(providers) as Provider[]).map((value) => (
          <option key={value} value={value}>
            {nameOf(value)}
          </option>
        ))}
      </SelectField>
      {integration?.removesInboundWebhook && provider !== integration.provider && (
        <Notice tone="warn">{t('integration.anotherRemoves', { name: nameOf(integration.provider) })}</Notice>
      )}
      <TextField
        name="baseUrl"
        label={t('integration.address')}
        optional={provider === 'GITHUB'}
        placeholder={form.baseUrl}
        value={baseUrl}
        onChange={(event) => setBaseUrl(event.target.value)}
      />
      {form.email && (
        <TextField
          name="credentials.email"
          label={t('integration.email')}
          optional
          hint={t('integration.emailHint')}
          value={email}
          onChange={(event) => setEmail(event.target.value)}
        />
      )}
      {tokenLabel && (
        <TextField
          name="credentials.token"
          label={tokenLabel}
          type="password"
          autoComplete="off"
          value={token}
          onChange={(event) => setToken(event.target.value)}
        />
      )}
    </FormDialog>
  );
}

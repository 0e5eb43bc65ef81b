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
import styles from './inbound.module.css';
import { type Provider, providerTexts } from './providers.ts';

interface CardProps {
  readonly projectId: string;
  readonly integration: IssueIntegration | null;
}

/** The tracker that the project's issues live in. */
export function IntegrationCard({ projectId, integration }: CardProps) {
  const { client } = useSession();
  const queries = useQueryClient();
  const [open, setOpen] = useState<'set' | 'remove' | null>(null);
  const changed = async () => {
    await Promise.all([
      queries.invalidateQueries({ queryKey: ['integration', projectId] }),
      queries.invalidateQueries({ queryKey: ['inboundWebhook', projectId] }),
    ]);
  };
  return (
    <Card className={styles.card} aria-label="Issue tracker">
      <div className={styles.head}>
        <h2>Issue tracker</h2>
        {integration && (
          <Badge plain tone="accent">
            {providerTexts[integration.provider].name}
          </Badge>
        )}
      </div>
      {integration ? (
        <dl className={styles.facts}>
          <div>
            <dt>Address</dt>
            <dd>
              <code>{integration.baseUrl}</code>
            </dd>
          </div>
          <div>
            <dt>Connected</dt>
            <dd>
              <Ago time={integration.createdAt} />
            </dd>
          </div>
          {integration.pausedUntil && Date.parse(integration.pausedUntil) > Date.now() && (
            <div>
              <dt>Asked to be left alone</dt>
              <dd>
                <Ago time={integration.pausedUntil} />
              </dd>
            </div>
          )}
        </dl>
      ) : (
        <p className="muted">
          Connect the tracker whose issues this project follows. Its API is called to check the credentials.
        </p>
      )}
      <div className={styles.actions}>
        <Button look={integration ? 'normal' : 'primary'} onClick={() => setOpen('set')}>
          {integration ? 'Change' : 'Connect a tracker'}
        </Button>
        {integration && <Button onClick={() => setOpen('remove')}>Disconnect</Button>}
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
          title={`Disconnect ${providerTexts[integration.provider].name}?`}
          action="Disconnect"
          danger
          onConfirm={async () => {
            await client.inbound.removeIntegration({ projectId });
            await changed();
          }}
          onClose={() => setOpen(null)}
        >
          Issues stay as they were last fetched.
          {integration.removesInboundWebhook &&
            ' The inbound webhook goes with it: what the tracker still reports is refused.'}
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
  const texts = providerTexts[provider];
  return (
    <FormDialog
      title="Issue tracker"
      action="Check and save"
      onSubmit={async () => {
        await client.inbound.setIntegration({
          projectId,
          provider,
          ...(baseUrl.trim() && { baseUrl: baseUrl.trim() }),
          ...(texts.token && { credentials: { token, ...(texts.email && email.trim() && { email: email.trim() }) } }),
        });
        await onChanged();
      }}
      onClose={onClose}
    >
      <SelectField
        label="Tracker"
        value={provider}
        onChange={(event) => {
          const chosen = event.target.value as Provider;
          setProvider(chosen);
          setBaseUrl(chosen === integration?.provider ? integration.baseUrl : '');
        }}
      >
        {Object.entries(providerTexts).map(([value, { name }]) => (
          <option key={value} value={value}>
            {name}
          </option>
        ))}
      </SelectField>
      {integration?.removesInboundWebhook && provider !== integration.provider && (
        <Notice tone="warn">
          Another tracker removes the inbound webhook of {providerTexts[integration.provider].name}.
        </Notice>
      )}
      <TextField
        name="baseUrl"
        label="Address"
        optional={provider === 'GITHUB'}
        placeholder={texts.baseUrl}
        value={baseUrl}
        onChange={(event) => setBaseUrl(event.target.value)}
      />
      {texts.email && (
        <TextField
          name="credentials.email"
          label="E-mail of the account"
          optional
          hint="With Jira Cloud."
          value={email}
          onChange={(event) => setEmail(event.target.value)}
        />
      )}
      {texts.token && (
        <TextField
          name="credentials.token"
          label={texts.token}
          type="password"
          autoComplete="off"
          value={token}
          onChange={(event) => setToken(event.target.value)}
        />
      )}
    </FormDialog>
  );
}

import type { InboundWebhook, IssueIntegration, RevealedInboundWebhook } from '@everhook/sdk';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '../design/Button.tsx';
import { Confirm } from '../design/Dialogs.tsx';
import { TextField } from '../design/Field.tsx';
import { Badge, Card, messageOf } from '../design/Surfaces.tsx';
import { useToast } from '../design/Toasts.tsx';
import { useSession } from '../session/session.tsx';
import { FormDialog } from '../settings/FormDialog.tsx';
import { Ago } from '../time/Time.tsx';
import { useReveal } from '../webhooks/Reveals.tsx';
import styles from './inbound.module.css';
import { providerTexts } from './providers.ts';

interface CardProps {
  readonly projectId: string;
  readonly integration: IssueIntegration | null;
  readonly webhook: InboundWebhook | null;
}

/** Why none can be added; null if one can. */
function obstacle(integration: IssueIntegration | null): string | null {
  if (!integration) return 'Connect an issue tracker first: the webhook is made for it.';
  if (!integration.supportsInboundWebhook)
    return `${providerTexts[integration.provider].name}: there is no tracker that could report anything.`;
  return null;
}

/** The address to which the tracker reports. */
export function InboundWebhookCard({ projectId, integration, webhook }: CardProps) {
  const { client } = useSession();
  const queries = useQueryClient();
  const toast = useToast();
  const [open, setOpen] = useState<'add' | 'rotate' | 'delete' | null>(null);
  const reveal = useReveal();
  const show = ({ url, secret, inboundWebhook }: RevealedInboundWebhook) => {
    const { name, steps } = providerTexts[inboundWebhook.provider];
    reveal({
      title: 'The inbound webhook is ready',
      values: { URL: url, ...(secret && { Secret: secret }) },
      note: (
        <>
          <h3>In {name}</h3>
          <Steps steps={steps} />
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
    onSuccess: ({ outcome }) =>
      toast(
        outcome === 'DUPLICATE'
          ? 'The test report was proven, and recognized as the one that was logged before: a report is taken once.'
          : 'A test report was proven and logged. It stops there: no issue was touched.',
      ),
    onError: (error) => toast(messageOf(error)),
  });
  const why = obstacle(integration);
  const azure = integration?.provider === 'AZURE_DEVOPS';

  return (
    <Card className={styles.card} aria-label="Inbound webhook">
      <div className={styles.head}>
        <h2>Inbound webhook</h2>
        {webhook && <Badge tone="good">Ready</Badge>}
      </div>
      {webhook ? (
        <>
          <dl className={styles.facts}>
            <div>
              <dt>Reports from</dt>
              <dd>{providerTexts[webhook.provider].name}</dd>
            </div>
            <div>
              <dt>Made</dt>
              <dd>
                <Ago time={webhook.createdAt} />
              </dd>
            </div>
            <div>
              <dt>Rotated</dt>
              <dd>
                <Ago time={webhook.rotatedAt} />
              </dd>
            </div>
          </dl>
          <details>
            <summary>How to set it up in {providerTexts[webhook.provider].name}</summary>
            <Steps steps={providerTexts[webhook.provider].steps} />
          </details>
          <div className={styles.actions}>
            <Button disabled={test.isPending} onClick={() => test.mutate()}>
              Send test
            </Button>
            {webhook.canRotate && <Button onClick={() => setOpen('rotate')}>Rotate</Button>}
            <Button onClick={() => setOpen('delete')}>Delete</Button>
          </div>
        </>
      ) : (
        <>
          <p className="muted" id="inbound-why">
            {why ?? 'The tracker reports changes of issues to it. Its URL and secret are shown once.'}
          </p>
          <div className={styles.actions}>
            <Button
              look="primary"
              disabled={why !== null || add.isPending}
              aria-describedby="inbound-why"
              onClick={() => (azure ? setOpen('add') : add.mutate({}, { onError: (error) => toast(messageOf(error)) }))}
            >
              Add
            </Button>
          </div>
        </>
      )}
      {open === 'add' && <AzureCredentials onSubmit={add.mutateAsync} onClose={() => setOpen(null)} />}
      {open === 'rotate' && (
        <Confirm
          title="Rotate URL and secret?"
          action="Rotate"
          onConfirm={async () => {
            show(await client.inbound.rotateWebhook({ projectId }));
            void changed();
          }}
          onClose={() => setOpen(null)}
        >
          The old URL and the old secret end at once: until the tracker has the new ones, its reports are refused.
        </Confirm>
      )}
      {open === 'delete' && (
        <Confirm
          title="Delete the inbound webhook?"
          action="Delete"
          danger
          onConfirm={async () => {
            await client.inbound.deleteWebhook({ projectId });
            await changed();
          }}
          onClose={() => setOpen(null)}
        >
          What the tracker still reports is refused. Issues stay as they were last fetched, and the log stays.
        </Confirm>
      )}
    </Card>
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
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  return (
    <FormDialog
      title="Credentials of the service hook"
      action="Add"
      onSubmit={() => onSubmit({ username, password })}
      onClose={onClose}
    >
      <TextField
        name="username"
        label="User name"
        autoComplete="off"
        value={username}
        onChange={(event) => setUsername(event.target.value)}
      />
      <TextField
        name="password"
        label="Password"
        hint="Choose them here, and enter the same in Azure DevOps."
        type="password"
        autoComplete="new-password"
        value={password}
        onChange={(event) => setPassword(event.target.value)}
      />
    </FormDialog>
  );
}

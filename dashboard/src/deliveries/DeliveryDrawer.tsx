import type { DeliveryDetail } from '@everhook/sdk';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Button } from '../design/Button.tsx';
import { CopyButton } from '../design/Copy.tsx';
import { Dialog } from '../design/Dialogs.tsx';
import { Badge, Failure, Loading, Notice } from '../design/Surfaces.tsx';
import { useSession } from '../session/session.tsx';
import { useDeliveryUpdates } from '../shell/live.tsx';
import { Outdated } from '../shell/Outdated.tsx';
import { Ago } from '../time/Time.tsx';
import { Attempts } from './Attempts.tsx';
import { curlOf } from './curl.ts';
import { DeliveryActions } from './DeliveryActions.tsx';
import styles from './deliveries.module.css';
import { Body, HeaderTable } from './Message.tsx';
import { statuses } from './status.ts';
import { VerificationHelp } from './VerificationHelp.tsx';

interface DrawerProps {
  readonly id: string;
  onOpen(id: string): void;
  onClose(): void;
}

/** Everything about one delivery, kept up to date while it is open. */
export function DeliveryDrawer({ id, onOpen, onClose }: DrawerProps) {
  const { client } = useSession();
  const queries = useQueryClient();
  const queryKey = ['delivery', id];
  const delivery = useQuery({ queryKey, queryFn: ({ signal }) => client.deliveries.get(id, { signal }) });
  useDeliveryUpdates((updates) => {
    if (updates.some((update) => update.id === id)) void queries.invalidateQueries({ queryKey });
  });

  return (
    <Dialog
      shape="drawer"
      title={delivery.data?.eventType ?? 'Delivery'}
      subtitle={<code>{id}</code>}
      onClose={onClose}
    >
      {delivery.isPending && <Loading rows={4} height="5rem" />}
      {delivery.isLoadingError && <Failure error={delivery.error} retry={() => void delivery.refetch()} />}
      {delivery.isRefetchError && <Outdated error={delivery.error} retry={() => void delivery.refetch()} />}
      {delivery.data && <Detail key={id} delivery={delivery.data} onOpen={onOpen} />}
    </Dialog>
  );
}

function Detail({ delivery, onOpen }: { readonly delivery: DeliveryDetail; readonly onOpen: (id: string) => void }) {
  const { text, tone } = statuses[delivery.status];
  const { request } = delivery;
  const curl = request && curlOf(request);
  return (
    <>
      <div className={styles.bar}>
        <Badge tone={tone}>{text}</Badge>
        {delivery.isTest && <Badge plain>Test</Badge>}
        {delivery.direction === 'INBOUND' && <Badge plain>Inbound</Badge>}
        {delivery.statusReason && <span>{delivery.statusReason}</span>}
      </div>
      <DeliveryActions delivery={delivery} onOpen={onOpen} />
      <section className={styles.section}>
        <dl className={styles.facts}>
          <div>
            <dt>Webhook</dt>
            <dd>{delivery.webhook?.name ?? '–'}</dd>
          </div>
          <div>
            <dt>Created</dt>
            <dd>
              <Ago time={delivery.createdAt} />
            </dd>
          </div>
          <div>
            <dt>Ended</dt>
            <dd>{delivery.completedAt ? <Ago time={delivery.completedAt} /> : 'Not yet'}</dd>
          </div>
          <div>
            <dt>Attempts</dt>
            <dd className="number">{delivery.attemptCount}</dd>
          </div>
        </dl>
      </section>
      <Attempts delivery={delivery} />
      {request && (
        <section className={styles.section}>
          <h3>Request</h3>
          <div className={styles.bar}>
            <code>
              {request.method} {request.url}
            </code>
          </div>
          {request.headers && <HeaderTable headers={request.headers} label="Request headers" />}
          {request.headers === null && <p className="muted">Its headers were not kept yet when it left.</p>}
          {request.body !== null && <Body text={request.body} label="request body" />}
          {curl && (
            <div>
              <CopyButton text={curl} label="Copy as curl" />
            </div>
          )}
        </section>
      )}
      {!request && delivery.payloadDigest && (
        <section className={styles.section}>
          <h3>Payload</h3>
          <Notice>
            Of what comes in, the digest alone is kept: <code>{delivery.payloadDigest}</code>
          </Notice>
        </section>
      )}
      {request && delivery.webhook && <VerificationHelp webhookId={delivery.webhook.id} />}
      {(delivery.replayOf || delivery.replays.length > 0) && (
        <section className={styles.section}>
          <h3>Replays</h3>
          <div className={styles.chain}>
            {delivery.replayOf && (
              <Button small onClick={() => onOpen(delivery.replayOf?.id ?? '')}>
                Original
              </Button>
            )}
            {delivery.replays.map(({ id }, place) => (
              <Button key={id} small onClick={() => onOpen(id)}>
                Replay {place + 1}
              </Button>
            ))}
          </div>
        </section>
      )}
    </>
  );
}

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { InboundIcon } from '../design/icons.tsx';
import { Card, Empty, Failure, Loading } from '../design/Surfaces.tsx';
import { useSession } from '../session/session.tsx';
import { heardWhileShown, useDeliveryUpdates } from '../shell/live.tsx';
import { Outdated } from '../shell/Outdated.tsx';
import { refetch } from '../shell/refetch.ts';
import { PageHead } from '../shell/Shell.tsx';
import { useScope } from '../shell/scope.tsx';
import { useWords } from '../words/words.ts';
import { InboundWebhookCard } from './InboundWebhookCard.tsx';
import { IntegrationCard } from './IntegrationCard.tsx';
import { IssueList } from './IssueList.tsx';
import styles from './inbound.module.css';

/** A project's issue tracker: its reports, and the resulting issues. */
export default function InboundPage() {
  const { project } = useScope();
  const t = useWords('inbound');
  return (
    <>
      <PageHead title={t('common:places.inbound')} />
      {project ? (
        <Tracker key={project.id} projectId={project.id} />
      ) : (
        <Card>
          <Empty icon={<InboundIcon />} title={t('chooseProject')}>
            <p>{t('chooseProjectHint')}</p>
          </Empty>
        </Card>
      )}
    </>
  );
}

function Tracker({ projectId }: { readonly projectId: string }) {
  const { client } = useSession();
  const integration = useQuery({
    queryKey: ['integration', projectId],
    queryFn: ({ signal }) => client.inbound.integration({ projectId, signal }),
  });
  const webhook = useQuery({
    queryKey: ['inboundWebhook', projectId],
    queryFn: ({ signal }) => client.inbound.webhook({ projectId, signal }),
    refetchInterval: 30_000,
    ...heardWhileShown,
  });
  const queries = useQueryClient();
  const readAgain = () => refetch(queries, ['inboundWebhook', projectId]);
  useDeliveryUpdates((updates) => {
    if (updates.some(({ direction }) => direction === 'INBOUND')) readAgain();
  }, readAgain);
  if (integration.isPending || webhook.isPending) return <Loading rows={2} height="12rem" />;
  const unread = [integration, webhook].find(({ isLoadingError }) => isLoadingError);
  if (unread) return <Failure error={unread.error} retry={() => void unread.refetch()} />;
  const outdated = [integration, webhook].find(({ isRefetchError }) => isRefetchError);
  const found = { integration: integration.data ?? null, webhook: webhook.data ?? null };
  return (
    <div className={styles.page}>
      {outdated && <Outdated error={outdated.error} retry={() => void outdated.refetch()} />}
      <div className={styles.columns}>
        <IntegrationCard projectId={projectId} integration={found.integration} />
        <InboundWebhookCard projectId={projectId} {...found} />
      </div>
      <IssueList projectId={projectId} />
    </div>
  );
}

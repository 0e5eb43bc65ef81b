import { NotFoundError, type Webhook } from '@everhook/sdk';
import { Link, useLocation, useSearchParams } from 'wouter';
import { buttonClass } from '../design/Button.tsx';
import { HookIcon } from '../design/icons.tsx';
import { Card, Empty, Failure, Loading } from '../design/Surfaces.tsx';
import { Outdated } from '../shell/Outdated.tsx';
import { PageHead } from '../shell/Shell.tsx';
import { useScope } from '../shell/scope.tsx';
import { ActionDialogs } from '../webhooks/ActionDialogs.tsx';
import { useOtherTabs, useWebhookDetail } from '../webhooks/queries.ts';
import { Activities } from '../webhooks/useActivity.tsx';
import { type Tab, tabs } from '../webhooks/webhookPath.ts';
import { useWords } from '../words/words.ts';
import { DeliveriesOfWebhook } from './DeliveriesOfWebhook.tsx';
import { HeadActions } from './HeadActions.tsx';
import { OverviewTab } from './OverviewTab.tsx';
import { RequestTab } from './RequestTab.tsx';
import { SecretsTab } from './SecretsTab.tsx';
import { SettingsTab } from './SettingsTab.tsx';
import { StatusLine } from './StatusLine.tsx';
import { TabLinks } from './TabLinks.tsx';
import styles from './webhook.module.css';

/** The page of one webhook. */
export default function WebhookPage({ id }: { readonly id: string }) {
  const scope = useScope();
  const [, navigate] = useLocation();
  return (
    <Activities>
      <ActionDialogs onDeleted={() => navigate(scope.path('webhooks'), { replace: true })}>
        <Shown id={id} />
      </ActionDialogs>
    </Activities>
  );
}

function Shown({ id }: { readonly id: string }) {
  const t = useWords('webhooks');
  const scope = useScope();
  const [search] = useSearchParams();
  const detail = useWebhookDetail(id);
  useOtherTabs();
  const { data: webhook, error } = detail;
  const above = { href: scope.path('webhooks'), label: t('title') };
  const tab: Tab = tabs.find((each) => each === search.get('tab')) ?? 'overview';
  if (error instanceof NotFoundError) {
    return (
      <>
        <PageHead title={webhook?.name ?? t('page.gone')} above={above} />
        <Card>
          <Empty icon={<HookIcon />} title={t('page.gone')}>
            <p>{t('page.goneHint')}</p>
            <Link className={buttonClass({ look: 'primary' })} href={above.href}>
              {t('page.toList')}
            </Link>
          </Empty>
        </Card>
      </>
    );
  }
  if (!webhook) {
    return (
      <>
        <PageHead title={t('title')} above={above} />
        {detail.isError ? (
          <Failure error={error} retry={() => void detail.refetch()} />
        ) : (
          <Loading rows={3} height="9rem" />
        )}
      </>
    );
  }
  return (
    <div className={tab === 'deliveries' ? styles.filled : styles.page}>
      <PageHead title={webhook.name} above={above}>
        <HeadActions webhook={webhook} />
      </PageHead>
      {detail.isRefetchError && <Outdated error={error} retry={() => void detail.refetch()} />}
      <StatusLine webhook={webhook} />
      <TabLinks webhook={webhook} tab={tab} />
      <Content webhook={webhook} tab={tab} />
    </div>
  );
}

function Content({ webhook, tab }: { readonly webhook: Webhook; readonly tab: Tab }) {
  switch (tab) {
    case 'overview':
      return <OverviewTab webhook={webhook} />;
    case 'deliveries':
      return <DeliveriesOfWebhook webhook={webhook} />;
    case 'settings':
      return <SettingsTab webhook={webhook} />;
    case 'secrets':
      return <SecretsTab webhook={webhook} />;
    case 'request':
      return <RequestTab webhook={webhook} />;
  }
}

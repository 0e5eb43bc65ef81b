import type { Webhook } from '@everhook/sdk';
import { Link } from 'wouter';
import { Card, Empty } from '../design/Surfaces.tsx';
import { useScope } from '../shell/scope.tsx';
import { useWords } from '../words/words.ts';

export function DeliveriesOfWebhook({ webhook }: { readonly webhook: Webhook }) {
  const t = useWords('webhooks');
  const scope = useScope();
  return (
    <Card>
      <Empty title={t('tabs.deliveries')}>
        <Link href={scope.path(`deliveries?webhook=${webhook.id}`)}>{t('actions.deliveries')}</Link>
      </Empty>
    </Card>
  );
}

import type { EventType } from '@everhook/sdk';
import { useQuery } from '@tanstack/react-query';
import { laidOut } from '../deliveries/laidOut.ts';
import { VerificationHelp } from '../deliveries/VerificationHelp.tsx';
import { CodeBlock } from '../design/Copy.tsx';
import { Card } from '../design/Surfaces.tsx';
import { useSession } from '../session/session.tsx';
import { useScope } from '../shell/scope.tsx';
import { profileTexts } from '../webhooks/profiles.ts';
import { useWebhooks } from '../webhooks/queries.ts';
import { useWords } from '../words/words.ts';
import styles from './catalogue.module.css';

/** How a type's events arrive: the last request of this type that one of the webhooks got, as it was sent. */
export function SampleRequest({ type }: { readonly type: EventType }) {
  const t = useWords('catalogue');
  const { client } = useSession();
  const { filter } = useScope();
  const webhooks = useWebhooks();
  const sample = useQuery({
    queryKey: ['sample', type.name, filter],
    queryFn: async ({ signal }) => {
      const [last] = (
        await client.deliveries
          .list({ ...filter, eventTypes: [type.name], direction: 'OUTBOUND', signal })
          .page({ first: 1 })
      ).items;
      return last ? client.deliveries.get(last.id, { signal }) : null;
    },
  });
  const request = sample.data?.request;
  const webhook = webhooks.data?.find(({ id }) => id === sample.data?.webhook?.id);
  if (!request || !webhook) return null;
  const text = [
    `${request.method} ${request.url}`,
    ...(request.headers ?? []).map(({ name, value }) => `${name}: ${value}`),
    '',
    laidOut(request.body ?? '') ?? request.body ?? '',
  ].join('\n');
  return (
    <Card className={styles.panel} aria-label={t('type.request')}>
      <h2>{t('type.request')}</h2>
      <p className="muted">{t('type.requestText', { profile: profileTexts[webhook.profile].name })}</p>
      <CodeBlock label={t('type.sample')} text={text} />
      <VerificationHelp webhookId={webhook.id} />
    </Card>
  );
}

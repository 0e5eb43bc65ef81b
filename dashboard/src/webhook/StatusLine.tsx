import type { Webhook } from '@everhook/sdk';
import { useNow } from '../time/useNow.ts';
import { useOpenAction } from '../webhooks/ActionDialogs.tsx';
import { useEventTypes } from '../webhooks/queries.ts';
import { standingOf } from '../webhooks/standing.ts';
import { toneOf } from '../webhooks/standingTones.ts';
import { statusParts, statusText } from '../webhooks/statusLine.ts';
import { useActivity } from '../webhooks/useActivity.tsx';
import { useOffered } from '../webhooks/useOffered.ts';
import { useWords } from '../words/words.ts';
import { useHealthHistory } from './useHealthHistory.ts';
import styles from './webhook.module.css';

/** How a webhook fares, in one sentence, with the way to mend it. */
export function StatusLine({ webhook }: { readonly webhook: Webhook }) {
  const t = useWords('webhooks');
  const open = useOpenAction();
  const may = useOffered(webhook);
  const { data: activity, isPending } = useActivity(webhook.id, { atMostEveryMs: 3_000, alsoEveryMs: 10_000 });
  const { data: history } = useHealthHistory(webhook.id);
  const { data: types } = useEventTypes(webhook.project?.id ?? null, webhook.eventTypes.length > 0);
  const published = new Set(types?.map(({ name }) => name));
  const parts = statusParts({
    webhook,
    activity: activity ?? undefined,
    healthSince: history?.changes[0]?.at ?? null,
    takesNothing:
      types !== undefined && webhook.eventTypes.length > 0 && !webhook.eventTypes.some((name) => published.has(name)),
  });
  const counts = parts.some(({ say }) => say === 'nextAttempt');
  const now = useNow(counts ? 1_000 : 10_000);
  const missed = parts.some(({ say }) => say === 'missed');
  return (
    <p className={styles.status} data-tone={toneOf(standingOf(webhook), parts)} aria-busy={isPending}>
      <span dir="auto">{isPending ? t('page.reading') : statusText(parts, now)}</span>
      {missed && may.has('recover') && (
        <button type="button" className={styles.link} onClick={() => open(webhook, 'recover')}>
          {t('page.recoverThem')}
        </button>
      )}
      {missed && may.has('reEnable') && <span className="muted">{t('page.afterEnabling')}</span>}
    </p>
  );
}

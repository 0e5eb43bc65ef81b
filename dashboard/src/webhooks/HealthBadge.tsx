import type { Webhook } from '@everhook/sdk';
import { Badge } from '../design/Surfaces.tsx';
import { distance } from '../time/distance.ts';
import { countText } from '../words/formats.ts';
import { useWords } from '../words/words.ts';
import { standingOf } from './standing.ts';
import { standingTones } from './standingTones.ts';

/** A webhook's state in a word, with the recent reason for it. */
export function HealthBadge({ webhook }: { readonly webhook: Webhook }) {
  const t = useWords('webhooks');
  const standing = standingOf(webhook);
  return (
    <Badge tone={standingTones[standing]} tip={<HealthReason webhook={webhook} />}>
      {t(`standing.${standing}`)}
    </Badge>
  );
}

function HealthReason({ webhook }: { readonly webhook: Webhook }) {
  const t = useWords('webhooks');
  const { lastSuccessAt, lastFailureAt, healthReason, consecutiveFailures: count, pauseReason } = webhook;
  if (!lastSuccessAt && !lastFailureAt) return t('health.nothing');
  const failedLast = lastFailureAt && (!lastSuccessAt || lastFailureAt > lastSuccessAt);
  const latest = failedLast
    ? t('health.failure', { ago: distance(lastFailureAt) })
    : t('health.success', { ago: distance(lastSuccessAt ?? '') });
  const inARow = count > 0 ? `, ${t('health.inARow', { count, n: countText(count) })}` : '';
  return <>{[`${latest}${inARow}.`, healthReason, pauseReason].filter(Boolean).join(' ')}</>;
}

import type { Webhook } from '@everhook/sdk';
import { Badge, type Tone } from '../design/Surfaces.tsx';
import { distance } from '../time/distance.ts';

const looks: Readonly<Record<Webhook['health'], { text: string; tone: Tone }>> = {
  HEALTHY: { text: 'Healthy', tone: 'good' },
  DEGRADED: { text: 'Degraded', tone: 'warn' },
  DISABLED: { text: 'Disabled', tone: 'bad' },
};

/** A webhook's health, with the recent reason for it. */
export function HealthBadge({ webhook }: { readonly webhook: Webhook }) {
  const { text, tone } = looks[webhook.health];
  return (
    <Badge tone={tone} tip={<HealthReason webhook={webhook} />}>
      {text}
    </Badge>
  );
}

function HealthReason({ webhook }: { readonly webhook: Webhook }) {
  const { lastSuccessAt, lastFailureAt, healthReason, consecutiveFailures } = webhook;
  if (!lastSuccessAt && !lastFailureAt) return 'Nothing was sent yet.';
  const failedLast = lastFailureAt && (!lastSuccessAt || lastFailureAt > lastSuccessAt);
  return (
    <>
      {failedLast ? `Latest failure ${distance(lastFailureAt)}` : `Latest success ${distance(lastSuccessAt ?? '')}`}
      {consecutiveFailures > 0 && `, ${consecutiveFailures} failed in a row`}.{healthReason && ` ${healthReason}`}
    </>
  );
}

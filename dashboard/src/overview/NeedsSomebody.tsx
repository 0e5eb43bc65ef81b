import { Link } from 'wouter';
import { CheckIcon } from '../design/icons.tsx';
import { Badge, Card, type Tone } from '../design/Surfaces.tsx';
import { useScope } from '../shell/scope.tsx';
import { distance } from '../time/distance.ts';
import { boundText } from '../words/formats.ts';
import { useWords } from '../words/words.ts';
import styles from './overview.module.css';
import type { Attention, Trouble } from './useAttention.ts';

/** What a person has to look at now, the worst first. It is as high with much as with nothing, so that nothing moves below it. */
export function NeedsSomebody({
  attention: {
    troubles,
    webhooks: { count, isAtLeast },
  },
}: {
  readonly attention: Attention;
}) {
  const t = useWords('overview');
  const scope = useScope();
  return (
    <Card className={styles.attention}>
      <div className={styles.head}>
        <h2>{t('attention.title')}</h2>
        {count > 0 && (
          <Link href={scope.path('webhooks')}>{t('attention.all', { count, n: boundText(count, isAtLeast) })}</Link>
        )}
      </div>
      {troubles.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
        <section className={styles.scroll} tabIndex={0} aria-label={t('attention.title')}>
          <ul className={styles.troubles}>
            {troubles.map((trouble) => (
              <Row key={trouble.webhook.id} trouble={trouble} />
            ))}
          </ul>
        </section>
      )}
      {troubles.length === 0 && count > 0 && (
        <p className={styles.well}>
          <CheckIcon /> {t('attention.well', { count, n: boundText(count, isAtLeast) })}
        </p>
      )}
      {count === 0 && (
        <p className="muted">
          {t('attention.none')}{' '}
          {scope.may('WEBHOOK_MANAGE') && <Link href={scope.path('webhooks?new=')}>{t('attention.create')}</Link>}
        </p>
      )}
    </Card>
  );
}

function Row({ trouble: { webhook, missed } }: { readonly trouble: Trouble }) {
  const t = useWords('overview');
  const scope = useScope();
  const { id, name, health, pausedAt, consecutiveFailures, lastFailureAt } = webhook;
  const [state, tone]: ['disabled' | 'degraded' | 'paused', Tone] =
    health === 'DISABLED' ? ['disabled', 'bad'] : health === 'DEGRADED' ? ['degraded', 'warn'] : ['paused', 'neutral'];
  const words: string[] = [];
  if (state === 'degraded' && lastFailureAt) {
    words.push(t('attention.inARow', { count: consecutiveFailures, ago: distance(lastFailureAt) }));
  } else if (state === 'disabled') {
    words.push(t('attention.stopped'));
  } else if (pausedAt) {
    words.push(t('attention.pausedAt', { ago: distance(pausedAt) }));
  }
  if (missed && missed.count > 0) {
    words.push(t(missed.isAtLeast ? 'attention.missedAtLeast' : 'attention.missed', { count: missed.count }));
  }
  return (
    <li>
      <Badge tone={tone}>{t(`attention.${state}`)}</Badge>
      <Link href={scope.path(`webhooks/${id}`)} dir="auto" title={name}>
        {name}
      </Link>
      <span className="muted">{words.join(' · ')}</span>
    </li>
  );
}

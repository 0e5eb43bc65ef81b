import type { Webhook } from '@everhook/sdk';
import { Ago } from '../time/Time.tsx';
import { useWords } from '../words/words.ts';

/** The moments of a webhook that have a name. */
const moments = {
  last: 'lastDispatchedAt',
  success: 'lastSuccessAt',
  failure: 'lastFailureAt',
  created: 'createdAt',
} as const;

interface FactsProps {
  readonly webhook: Webhook;
  readonly of: readonly (keyof typeof moments)[];
  readonly className: string | undefined;
}

/** When something last happened to a webhook. */
export function WebhookFacts({ webhook, of, className }: FactsProps) {
  const t = useWords('webhooks');
  return (
    <dl className={className}>
      {of.map((name) => (
        <div key={name}>
          <dt>{t(`facts.${name}`)}</dt>
          <dd>
            <Ago time={webhook[moments[name]]} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

import { useQuery } from '@tanstack/react-query';
import { CodeBlock } from '../design/Copy.tsx';
import { useSession } from '../session/session.tsx';
import { receiverCode, sdkCode } from '../webhook/receivers/code.ts';
import { profileTexts } from '../webhooks/profiles.ts';
import { useWebhook } from '../webhooks/useWebhook.ts';
import { useWords } from '../words/words.ts';
import styles from './deliveries.module.css';

/** How a receiver verifies that a delivery is genuine: by the SDK, and in a portal, which names nothing of ours, by hand. */
export function VerificationHelp({ webhookId }: { readonly webhookId: string }) {
  const t = useWords('deliveries');
  const { portal } = useSession();
  const profile = useWebhook(webhookId).webhook?.profile;
  const load = profile && receiverCode[profile];
  const { data: byHand } = useQuery({
    queryKey: ['receiverCode', profile],
    queryFn: async () => (await load?.()) ?? null,
    enabled: portal && load !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const text = portal ? byHand?.node : profile && sdkCode(profile);
  if (!profile || !load || !text) return null;
  return (
    <section className={styles.section}>
      <details>
        <summary>{t('verify.title', { profile: profileTexts[profile].name })}</summary>
        <div className={styles.answer}>
          <p className="muted">{t('verify.text')}</p>
          <CodeBlock label={t('verify.code')} text={text} />
        </div>
      </details>
    </section>
  );
}

import type { Profile } from '@everhook/sdk';
import { CodeBlock } from '../design/Copy.tsx';
import { useSession } from '../session/session.tsx';
import { profileTexts } from '../webhooks/profiles.ts';
import { useWebhook } from '../webhooks/useWebhook.ts';
import { useWords } from '../words/words.ts';
import styles from './deliveries.module.css';

/** The name of the SDK's verifier for each profile. */
const verifiers: Readonly<Partial<Record<Profile, string>>> = {
  STANDARD: 'standard',
  ONPLANA: 'onplana',
  PLANE: 'plane',
  PLANE_CONNECTION: 'planeConnection',
  TASKS: 'tasks',
  TESTPLANIT: 'testplanit',
};

/** How a receiver verifies that a delivery is genuine. Not in a portal, which names nothing of ours: its webhooks' pages say how by hand. */
export function VerificationHelp({ webhookId }: { readonly webhookId: string }) {
  const t = useWords('deliveries');
  const { portal } = useSession();
  const profile = useWebhook(webhookId).webhook?.profile;
  const verifier = profile && verifiers[profile];
  if (!verifier || portal) return null;
  return (
    <section className={styles.section}>
      <details>
        <summary>{t('verify.title', { profile: profileTexts[profile].name })}</summary>
        <div className={styles.answer}>
          <p className="muted">{t('verify.text')}</p>
          <CodeBlock
            label={t('verify.code')}
            text={`import { verify } from '@everhook/sdk';

// Throws a VerificationError where the signature does not fit.
const event = await verify.${verifier}({ headers: request.headers, body: rawBody }, [process.env.WEBHOOK_SECRET]);`}
          />
        </div>
      </details>
    </section>
  );
}

import type { Webhook } from '@everhook/sdk';
import { useRef } from 'react';
import { Link } from 'wouter';
import surfaces from '../design/surfaces.module.css';
import { useChosenInView } from '../design/useChosenInView.ts';
import { useScope } from '../shell/scope.tsx';
import { type Tab, tabs, webhookPath } from '../webhooks/webhookPath.ts';
import { useWords } from '../words/words.ts';
import styles from './webhook.module.css';

/** The parts of a webhook's page: each has an address. */
export function TabLinks({ webhook, tab }: { readonly webhook: Webhook; readonly tab: Tab }) {
  const t = useWords('webhooks');
  const scope = useScope();
  const links = useRef<HTMLElement>(null);
  useChosenInView(links, tab);
  return (
    <nav ref={links} className={`${surfaces.tabs} ${styles.tabs}`} aria-label={t('page.parts')}>
      {tabs.map((each) => (
        <Link
          key={each}
          href={scope.path(webhookPath(webhook.id, each))}
          className={surfaces.tab}
          data-state={each === tab ? 'active' : 'inactive'}
          aria-current={each === tab ? 'page' : undefined}
        >
          {t(`tabs.${each}`)}
        </Link>
      ))}
    </nav>
  );
}

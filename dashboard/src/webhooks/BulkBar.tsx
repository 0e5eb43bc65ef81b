import type { Webhook } from '@everhook/sdk';
import { useState } from 'react';
import { Button } from '../design/Button.tsx';
import { CloseIcon } from '../design/icons.tsx';
import { countText } from '../words/formats.ts';
import { useWords } from '../words/words.ts';
import { BulkDialog } from './BulkDialog.tsx';
import { type BulkAction, bulkActions } from './bulk.ts';
import { offered } from './standing.ts';
import { useRights } from './useOffered.ts';
import styles from './webhooks.module.css';

interface BarProps {
  readonly selected: readonly Webhook[];
  onClear(): void;
}

/** What can be done to the selected webhooks: the actions that at least one of them can take now. */
export function BulkBar({ selected, onClear }: BarProps) {
  const t = useWords('webhooks');
  const rights = useRights();
  const [asked, setAsked] = useState<BulkAction | null>(null);
  if (selected.length === 0 && asked === null) return null;
  const possible = bulkActions.filter((action) => selected.some((each) => offered(each, rights(each)).has(action)));
  return (
    <section
      className={styles.bulk}
      aria-label={t('bulk.selected', { count: selected.length, n: countText(selected.length) })}
    >
      <strong role="status">{t('bulk.selected', { count: selected.length, n: countText(selected.length) })}</strong>
      <div>
        {possible.map((action) => (
          <Button key={action} small onClick={() => setAsked(action)}>
            {t(`bulk.${action}`)}
          </Button>
        ))}
      </div>
      <Button small square look="quiet" aria-label={t('bulk.clear')} onClick={onClear}>
        <CloseIcon />
      </Button>
      {asked && <BulkDialog action={asked} selected={selected} onClose={() => setAsked(null)} />}
    </section>
  );
}

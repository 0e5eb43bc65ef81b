import { Button } from '../design/Button.tsx';
import { CloseIcon, DownIcon, UpIcon } from '../design/icons.tsx';
import { useWords } from '../words/words.ts';
import type { Part } from './formContext.ts';
import styles from './schema.module.css';

/** What can be done with a member or an item as a whole. */
export function FieldSide({ label = '', onRemove, onMove, inLegend }: Part & { readonly inLegend?: boolean }) {
  const t = useWords('catalogue');
  if (!onRemove && !onMove) return null;
  return (
    <span className={inLegend ? undefined : styles.side}>
      {onMove && (
        <>
          <Button small square look="quiet" aria-label={t('form.moveUp', { name: label })} onClick={() => onMove(-1)}>
            <UpIcon />
          </Button>
          <Button small square look="quiet" aria-label={t('form.moveDown', { name: label })} onClick={() => onMove(1)}>
            <DownIcon />
          </Button>
        </>
      )}
      {onRemove && (
        <Button small square look="quiet" aria-label={t('form.remove', { name: label })} onClick={onRemove}>
          <CloseIcon />
        </Button>
      )}
    </span>
  );
}

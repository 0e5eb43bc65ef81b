import { Button } from '../design/Button.tsx';
import controls from '../design/controls.module.css';
import { CloseIcon, PlusIcon } from '../design/icons.tsx';
import { useWords } from '../words/words.ts';
import { type DraftHeader, hiddenValue } from './draft.ts';
import styles from './webhooks.module.css';

interface HeadersProps {
  readonly headers: readonly DraftHeader[];
  readonly problem: string | undefined;
  onChange(headers: DraftHeader[]): void;
}

const maxHeaders = 20;

/** Extra request headers, one in a row. */
export function HeadersField({ headers, problem, onChange }: HeadersProps) {
  const t = useWords('webhooks');
  const change = (place: number, part: Partial<DraftHeader>) =>
    onChange(headers.map((header, each) => (each === place ? { ...header, ...part } : header)));
  return (
    <fieldset className={controls.field}>
      <legend className={controls.label}>
        {t('form.headers')} <span className={controls.optional}>{t('form.optional')}</span>
      </legend>
      {headers.map((header, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rows have no identity but their place.
        <div key={place} className={styles.headerrow}>
          <input
            className={controls.input}
            aria-label={t('form.headerName', { n: place + 1 })}
            placeholder="X-Team"
            value={header.name}
            onChange={(event) => change(place, { name: event.target.value })}
          />
          <input
            className={controls.input}
            aria-label={t('form.headerValue', { n: place + 1 })}
            value={header.value === hiddenValue ? '' : header.value}
            placeholder={header.value === hiddenValue ? t('form.headerHidden') : undefined}
            onChange={(event) => change(place, { value: event.target.value })}
          />
          <Button
            square
            look="quiet"
            aria-label={t('form.removeHeader', { n: place + 1 })}
            onClick={() => onChange(headers.filter((_, each) => each !== place))}
          >
            <CloseIcon />
          </Button>
        </div>
      ))}
      {problem && (
        <div className={controls.problem} role="alert">
          {problem}
        </div>
      )}
      <div>
        <Button
          small
          disabled={headers.length >= maxHeaders}
          onClick={() => onChange([...headers, { name: '', value: '' }])}
        >
          <PlusIcon /> {t('form.addHeader')}
        </Button>
      </div>
    </fieldset>
  );
}

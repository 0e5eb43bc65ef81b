import { Button } from '../design/Button.tsx';
import controls from '../design/controls.module.css';
import { TextField } from '../design/Field.tsx';
import { CloseIcon, PlusIcon } from '../design/icons.tsx';
import { useWords } from '../words/words.ts';
import styles from './events.module.css';
import { maxLabels } from './filters.ts';

export type LabelRow = readonly [key: string, value: string];

interface LabelsProps {
  readonly rows: readonly LabelRow[];
  readonly problem: string | undefined;
  onChange(rows: readonly LabelRow[]): void;
}

/** An event's labels, a row each. */
export function LabelsField({ rows, problem, onChange }: LabelsProps) {
  const t = useWords('events');
  return (
    <fieldset className={styles.form}>
      <legend className={controls.label}>
        {t('log.labels')} <span className={controls.optional}>{t('publish.optional')}</span>
      </legend>
      {rows.map(([key, value], at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a row is what is at its place.
        <div key={at} className={styles.labelRow}>
          <TextField
            label={t('publish.labelKey', { number: at + 1 })}
            placeholder="customer"
            value={key}
            onChange={(event) => onChange(rows.with(at, [event.target.value, value]))}
          />
          <TextField
            label={t('publish.labelValue', { number: at + 1 })}
            placeholder="c_42"
            dir="auto"
            value={value}
            onChange={(event) => onChange(rows.with(at, [key, event.target.value]))}
          />
          <Button
            square
            look="quiet"
            aria-label={t('publish.removeLabel', { number: at + 1 })}
            onClick={() => onChange(rows.toSpliced(at, 1))}
          >
            <CloseIcon />
          </Button>
        </div>
      ))}
      {problem && (
        <p className={controls.problem} role="alert">
          {problem}
        </p>
      )}
      <div>
        <Button small disabled={rows.length >= maxLabels} onClick={() => onChange([...rows, ['', '']])}>
          <PlusIcon /> {t('publish.addLabel')}
        </Button>
      </div>
    </fieldset>
  );
}

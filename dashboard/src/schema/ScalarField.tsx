import { Button } from '../design/Button.tsx';
import { CodeField, SelectField, TextField } from '../design/Field.tsx';
import { useWords } from '../words/words.ts';
import { FieldSide } from './FieldSide.tsx';
import { type Part, problemAt, useForm } from './formContext.ts';
import { isNumberText, type Json, readTree, sameJson, writeTree } from './jsonTree.ts';
import { useLimitText } from './limitText.ts';
import styles from './schema.module.css';
import type { Shape, TypeName } from './shape.ts';

type ScalarProps = Part & { readonly shape: Shape; readonly types: readonly TypeName[] };

/** A text, a number, a word, or one of a few values. */
export function ScalarField(props: ScalarProps) {
  return (
    <div className={styles.field}>
      <Control {...props} />
      <FieldSide {...props} />
    </div>
  );
}

/** Longer texts get several lines. */
const longText = 120;

const inputTypes: Readonly<Record<string, string>> = { date: 'date', email: 'email', uri: 'url' };

function Control({ value, path, label, shape, types, required, onChange }: ScalarProps) {
  const t = useWords('catalogue');
  const { problem } = useForm();
  const hint = useHint(shape);
  const told = problemAt(problem, path, [])?.message;
  const field = { label: label ?? t('form.value'), hint, optional: required === false, problem: told };
  const { constant, choices } = shape;
  if (constant && sameJson(constant, value)) return <TextField {...field} readOnly value={textOf(value)} dir="auto" />;
  if (choices ?? constant) {
    const offered = choices ?? (constant ? [constant] : []);
    const at = offered.findIndex((each) => sameJson(each, value));
    return (
      <SelectField {...field} value={at} onChange={(event) => onChange(offered[Number(event.target.value)] ?? value)}>
        {at === -1 && <option value={-1}>{textOf(value)}</option>}
        {offered.map((each, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the values of a schema never move.
          <option key={place} value={place}>
            {textOf(each)}
          </option>
        ))}
      </SelectField>
    );
  }
  if (value.kind === 'boolean') {
    return (
      <SelectField
        {...field}
        value={String(value.value)}
        onChange={(event) => onChange({ kind: 'boolean', value: event.target.value === 'true' })}
      >
        <option value="true">{t('form.true')}</option>
        <option value="false">{t('form.false')}</option>
      </SelectField>
    );
  }
  if (value.kind === 'null') return <TextField {...field} readOnly value="null" />;
  if (!types.includes('string')) {
    const text = textOf(value);
    return (
      <TextField
        {...field}
        problem={isNumberText(text) ? told : t('form.noNumber')}
        inputMode="decimal"
        autoComplete="off"
        value={text}
        onChange={(event) => onChange(numberOrText(event.target.value))}
      />
    );
  }
  const text = textOf(value);
  const put = (next: string) => onChange({ kind: 'string', value: next });
  if (text.length > longText || text.includes('\n')) {
    return <CodeField {...field} rows={4} dir="auto" value={text} onChange={(event) => put(event.target.value)} />;
  }
  // A date field shows nothing of what is no date.
  const type =
    shape.format === 'date' && !/^(?:\d{4}-\d\d-\d\d)?$/.test(text) ? undefined : inputTypes[shape.format ?? ''];
  const input = (
    <TextField
      {...field}
      type={type ?? 'text'}
      dir={type === undefined ? 'auto' : undefined}
      autoComplete="off"
      value={text}
      onChange={(event) => put(event.target.value)}
    />
  );
  if (shape.format !== 'date-time') return input;
  return (
    <div className={styles.group}>
      {input}
      <div>
        <Button small onClick={() => put(new Date().toISOString())}>
          {t('form.now')}
        </Button>
      </div>
    </div>
  );
}

/** What a control shows of a value. */
export const textOf = (value: Json): string => (value.kind === 'string' ? value.value : writeTree(value, 0));

/** The number as it was written. What is not a number yet is a text meanwhile, which the API would refuse. */
export const numberOrText = (text: string): Json =>
  isNumberText(text.trim()) ? readTree(text.trim()) : { kind: 'string', value: text };

function useHint(shape: Shape) {
  const limits = shape.limits.map(useLimitText());
  const facts = [...(shape.format ? [shape.format] : []), ...limits].join(' · ');
  if (!shape.description && facts === '') return undefined;
  return (
    <>
      {shape.description && <div dir="auto">{shape.description}</div>}
      {facts && <div className={styles.limit}>{facts}</div>}
    </>
  );
}

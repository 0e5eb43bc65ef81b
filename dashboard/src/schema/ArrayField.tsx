import { useState } from 'react';
import { Button } from '../design/Button.tsx';
import { PlusIcon } from '../design/icons.tsx';
import { useWords } from '../words/words.ts';
import { FieldSide } from './FieldSide.tsx';
import { beginning } from './fits.ts';
import { itemPath, type Part, problemAt, useForm } from './formContext.ts';
import type { Json } from './jsonTree.ts';
import styles from './schema.module.css';
import type { Shape } from './shape.ts';

/** So many items are shown at first, and with each click. */
const atOnce = 30;

/** A list: its items, which move and go, and new ones. */
export function ArrayField(props: Part & { readonly shape: Shape }) {
  const { value, path, label, shape, onChange } = props;
  const { document, problem, Node } = useForm();
  const t = useWords('catalogue');
  const [count, setCount] = useState(atOnce);
  const items = value.kind === 'array' ? value.items : [];
  const shown = items.slice(0, count);
  const told = problemAt(
    problem,
    path,
    shown.map((_, at) => itemPath(path, at)),
  );
  const set = (next: readonly Json[]) => onChange({ kind: 'array', items: next });
  const schemaAt = (at: number) => shape.first[at] ?? shape.items;
  const most = Number(shape.limits.find(({ name }) => name === 'maxItems')?.value ?? Number.POSITIVE_INFINITY);
  const move = (at: number, by: -1 | 1) => {
    const [one, two] = [items[at], items[at + by]];
    if (one && two) set(items.with(at, two).with(at + by, one));
  };
  return (
    <fieldset className={styles.group}>
      <legend className={styles.legend}>
        <bdi>{label ?? t('form.items')}</bdi>
        <FieldSide {...props} inLegend />
      </legend>
      {shape.description && (
        <p className="muted" dir="auto">
          {shape.description}
        </p>
      )}
      {told && (
        <p className={styles.problem} role="alert">
          {told.path === path ? told.message : t('form.at', { place: told.path, message: told.message })}
        </p>
      )}
      {shown.map((item, at) => (
        <Node
          // biome-ignore lint/suspicious/noArrayIndexKey: the fields show whatever is at their place now.
          key={at}
          schema={schemaAt(at)}
          value={item}
          path={itemPath(path, at)}
          label={t('form.item', { name: label ?? t('form.items'), number: at + 1 })}
          onChange={(next) => set(items.with(at, next))}
          onRemove={() => set(items.toSpliced(at, 1))}
          onMove={items.length > 1 ? (by) => move(at, by) : undefined}
        />
      ))}
      {items.length > count && (
        <div>
          <Button small onClick={() => setCount(count + atOnce)}>
            {t('data.more', { count: items.length - count })}
          </Button>
        </div>
      )}
      {schemaAt(items.length) !== false && (
        <div>
          <Button
            small
            disabled={items.length >= most}
            onClick={() => {
              set([...items, beginning(document, schemaAt(items.length))]);
              setCount((now) => Math.max(now, items.length + 1));
            }}
          >
            <PlusIcon /> {label ? t('form.addItemTo', { name: label }) : t('form.addItem')}
          </Button>
        </div>
      )}
    </fieldset>
  );
}

import { useState } from 'react';
import { Button } from '../design/Button.tsx';
import controls from '../design/controls.module.css';
import { useWords } from '../words/words.ts';
import { FieldSide } from './FieldSide.tsx';
import { beginning } from './fits.ts';
import { memberPath, type Part, problemAt, useForm } from './formContext.ts';
import type { Member } from './jsonTree.ts';
import styles from './schema.module.css';
import type { Schema } from './schemaDocument.ts';
import type { Shape } from './shape.ts';

type ObjectProps = Part & { readonly shape: Shape };

/** So many members are shown at first, and with each click. */
const atOnce = 60;

/** An object: the members that it has, and those that it may get. */
export function ObjectField(props: ObjectProps) {
  const { value, path, label, shape, onChange } = props;
  const { document, problem, Node } = useForm();
  const t = useWords('catalogue');
  const [count, setCount] = useState(atOnce);
  const members = value.kind === 'object' ? value.members : [];
  const known = new Map(shape.properties.map((property) => [property.name, property]));
  const shown = members.slice(0, count);
  const told = problemAt(
    problem,
    path,
    shown.map(([name]) => memberPath(path, name)),
  );
  const set = (next: readonly Member[]) => onChange({ kind: 'object', members: next });
  const missing = shape.properties.filter(({ name }) => !members.some(([each]) => each === name));
  const add = (name: string) => set([...members, [name, beginning(document, schemaOf(shape, name))]]);
  const content = (
    <>
      {label && shape.description && (
        <p className="muted" dir="auto">
          {shape.description}
        </p>
      )}
      {told && (
        <p className={styles.problem} role="alert">
          {told.path === path ? told.message : t('form.at', { place: told.path, message: told.message })}
        </p>
      )}
      {shown.map(([name, member], at) => (
        <Node
          // biome-ignore lint/suspicious/noArrayIndexKey: a member that is taken out takes its name with it.
          key={`${name} ${at}`}
          schema={schemaOf(shape, name)}
          value={member}
          path={memberPath(path, name)}
          label={name}
          required={known.get(name)?.required ?? false}
          onChange={(next) => set(members.with(at, [name, next]))}
          onRemove={known.get(name)?.required ? undefined : () => set(members.toSpliced(at, 1))}
        />
      ))}
      {members.length > count && (
        <div>
          <Button small onClick={() => setCount(count + atOnce)}>
            {t('data.more', { count: members.length - count })}
          </Button>
        </div>
      )}
      <Adding
        of={label}
        missing={missing}
        open={shape.others !== false}
        taken={members.map(([name]) => name)}
        onAdd={add}
      />
    </>
  );
  if (label === undefined) return <div className={styles.group}>{content}</div>;
  return (
    <fieldset className={styles.group}>
      <legend className={styles.legend}>
        <bdi>{label}</bdi>
        <FieldSide {...props} inLegend />
      </legend>
      {content}
    </fieldset>
  );
}

const schemaOf = (shape: Shape, name: string): Schema =>
  shape.properties.find((property) => property.name === name)?.schema ??
  shape.patterns.find(([pattern]) => matches(pattern, name))?.[1] ??
  shape.others;

function matches(pattern: string, name: string): boolean {
  try {
    return new RegExp(pattern, 'u').test(name);
  } catch {
    return false;
  }
}

interface AddingProps {
  readonly of: string | undefined;
  readonly missing: Shape['properties'];
  /** Whether members of other names are allowed. */
  readonly open: boolean;
  readonly taken: readonly string[];
  onAdd(name: string): void;
}

const other = '\u0000other';

function Adding({ of, missing, open, taken, onAdd }: AddingProps) {
  const t = useWords('catalogue');
  const [naming, setNaming] = useState<string | null>(null);
  if (missing.length === 0 && !open) return null;
  const label = of ? t('form.addTo', { name: of }) : t('form.add');
  return (
    <div className={styles.adding}>
      <select
        className={controls.input}
        aria-label={label}
        value=""
        onChange={(event) => {
          if (event.target.value === other) setNaming('');
          else if (event.target.value !== '') onAdd(event.target.value);
        }}
      >
        <option value="">{label}</option>
        {missing.map(({ name, required }) => (
          <option key={name} value={name}>
            {required ? t('form.missing', { name }) : name}
          </option>
        ))}
        {open && <option value={other}>{t('form.other')}</option>}
      </select>
      {naming !== null && (
        <>
          <input
            className={controls.input}
            aria-label={t('form.otherName')}
            placeholder={t('form.otherName')}
            // biome-ignore lint/a11y/noAutofocus: it came by the person's own choice a moment ago.
            autoFocus
            dir="auto"
            value={naming}
            onChange={(event) => setNaming(event.target.value)}
          />
          <Button
            disabled={taken.includes(naming)}
            onClick={() => {
              onAdd(naming);
              setNaming(null);
            }}
          >
            {t('form.addIt')}
          </Button>
        </>
      )}
    </div>
  );
}

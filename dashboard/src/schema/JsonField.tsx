import { useEffect, useState } from 'react';
import { CodeField } from '../design/Field.tsx';
import { messageOf } from '../design/Surfaces.tsx';
import { useWords } from '../words/words.ts';
import { FieldSide } from './FieldSide.tsx';
import { type Part, problemAt, useForm } from './formContext.ts';
import { readTree, writeTree } from './jsonTree.ts';
import styles from './schema.module.css';
import type { Shape } from './shape.ts';

/** A value that no other field is for, as JSON. */
export function JsonField(part: Part & { readonly shape: Shape }) {
  const { value, path, label, shape, required, onChange } = part;
  const { problem, drafts } = useForm();
  const t = useWords('catalogue');
  const written = writeTree(value);
  const [draft, setDraft] = useState<{ text: string; of: string; broken: string | null } | null>(null);
  // What is taken out keeps nobody from publishing.
  useEffect(() => () => drafts.set(path, false), [drafts, path]);
  // Changed elsewhere meanwhile, as by the choice of a variant.
  const current = draft !== null && draft.of === written ? draft : null;
  const told = problemAt(problem, path, []);
  return (
    <div className={styles.field}>
      <CodeField
        label={label ?? t('form.value')}
        hint={shape.description ?? t('form.anyJson')}
        optional={required === false}
        rows={3}
        problem={current?.broken ?? told?.message}
        value={current?.text ?? written}
        onChange={(event) => {
          const text = event.target.value;
          try {
            const next = readTree(text);
            drafts.set(path, false);
            setDraft({ text, of: writeTree(next), broken: null });
            onChange(next);
          } catch (error) {
            drafts.set(path, true);
            setDraft({ text, of: written, broken: t('form.noJson', { message: messageOf(error) }) });
          }
        }}
      />
      <FieldSide {...part} />
    </div>
  );
}

import { type Deletion, ValidationError } from '@everhook/sdk';
import { type ReactNode, useRef, useState } from 'react';
import { TextField } from '../design/Field.tsx';
import { Notice } from '../design/Surfaces.tsx';
import { useWords } from '../words/words.ts';
import { FormDialog } from './FormDialog.tsx';

interface DeleteProps {
  readonly title: string;
  readonly action: string;
  /** Typed by whoever means it. */
  readonly name: string;
  /** @param name - as it was typed: the API compares it again */
  onDelete(name: string): Promise<Deletion>;
  onBegun(deletion: Deletion): void;
  onClose(): void;
  /** The consequences. */
  readonly children: ReactNode;
}

/** Asks for the name before something is deleted with everything in it. */
export function DeleteDialog({ title, action, name, onDelete, onBegun, onClose, children }: DeleteProps) {
  const t = useWords('settings');
  const [typed, setTyped] = useState('');
  const begun = useRef<Deletion | null>(null);
  return (
    <FormDialog
      title={title}
      action={action}
      danger
      onSubmit={async () => {
        if (typed.trim() !== name.trim()) throw new ValidationError(t('deletion.otherName'), { field: 'name' });
        begun.current = await onDelete(typed.trim());
      }}
      onClose={() => {
        onClose();
        if (begun.current) onBegun(begun.current);
      }}
    >
      <Notice tone="bad">{children}</Notice>
      <TextField
        name="name"
        label={
          <>
            {t('deletion.type')} <bdi>{name}</bdi>
          </>
        }
        autoComplete="off"
        spellCheck={false}
        dir="auto"
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
      />
    </FormDialog>
  );
}

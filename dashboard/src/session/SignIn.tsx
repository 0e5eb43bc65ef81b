import { type FormEvent, useState } from 'react';
import { Button } from '../design/Button.tsx';
import { TextField } from '../design/Field.tsx';
import { Mark } from '../design/Mark.tsx';
import { messageOf, Notice } from '../design/Surfaces.tsx';
import styles from './entrance.module.css';
import type { EntranceProps } from './session.tsx';

export function SignIn({ notice, enter }: EntranceProps) {
  const [key, setKey] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (key.trim() === '') return setProblem('Enter a key.');
    setBusy(true);
    setProblem(undefined);
    try {
      await enter(key.trim());
    } catch (error) {
      setProblem(messageOf(error));
      setBusy(false);
    }
  };

  return (
    <main className={styles.page}>
      <div className={styles.panel}>
        <div className={styles.brand}>
          <Mark />
          <h1>Sign in to Everhook</h1>
        </div>
        {notice && <Notice tone="warn">{notice}</Notice>}
        <form className={styles.form} onSubmit={submit} noValidate>
          <TextField
            label="Operator key, API key or JWT"
            hint="npm start prints the operator key. API keys are made under Settings."
            problem={problem}
            type="password"
            name="key"
            autoComplete="current-password"
            autoFocus
            value={key}
            onChange={(event) => setKey(event.target.value)}
          />
          <Button type="submit" look="primary" disabled={busy}>
            {busy ? 'Signing in…' : 'Sign in'}
          </Button>
        </form>
        <p className="muted">The key stays in this tab’s memory: reloading or closing the tab signs you out.</p>
      </div>
    </main>
  );
}

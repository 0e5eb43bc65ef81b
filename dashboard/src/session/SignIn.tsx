import { type FormEvent, useState } from 'react';
import { Button, buttonClass } from '../design/Button.tsx';
import { TextField } from '../design/Field.tsx';
import { Mark } from '../design/Mark.tsx';
import { messageOf, Notice } from '../design/Surfaces.tsx';
import { useWords } from '../words/words.ts';
import styles from './entrance.module.css';
import type { EntranceProps } from './session.tsx';

export function SignIn({ notice, refused, issuers, enter }: EntranceProps) {
  const t = useWords('session');
  const [key, setKey] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (key.trim() === '') return setProblem(t('signIn.enterKey'));
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
          <h1>{t('signIn.title')}</h1>
        </div>
        {notice && <Notice tone="warn">{notice}</Notice>}
        {refused && <Notice tone="bad">{refused}</Notice>}
        {issuers.length > 0 && (
          <>
            <div className={styles.issuers}>
              {issuers.map(({ label, start }) => (
                <a key={start} className={buttonClass({ look: 'primary' })} href={backHere(start)}>
                  {t('signIn.with', { issuer: label })}
                </a>
              ))}
            </div>
            <p className={styles.or}>
              <span>{t('signIn.or')}</span>
            </p>
          </>
        )}
        <form className={styles.form} onSubmit={submit} noValidate>
          <TextField
            label={t('signIn.key')}
            hint={t('signIn.hint')}
            problem={problem}
            type="password"
            name="key"
            autoComplete="current-password"
            autoFocus={issuers.length === 0}
            value={key}
            onChange={(event) => setKey(event.target.value)}
          />
          <Button type="submit" look={issuers.length > 0 ? 'normal' : 'primary'} disabled={busy || refused !== null}>
            {busy ? t('signIn.busy') : t('signIn.submit')}
          </Button>
        </form>
        <p className="muted">{t('signIn.stays')}</p>
      </div>
    </main>
  );
}

/** Where signing in by an issuer begins, with the present page to come back to. */
function backHere(start: string): string {
  const url = new URL(start);
  url.searchParams.set('back', `${location.pathname}${location.search}`);
  return url.href;
}

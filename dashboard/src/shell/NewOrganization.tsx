import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useLocation } from 'wouter';
import { Button } from '../design/Button.tsx';
import { TextField } from '../design/Field.tsx';
import { Mark } from '../design/Mark.tsx';
import { messageOf } from '../design/Surfaces.tsx';
import styles from '../session/entrance.module.css';
import { useSession } from '../session/session.tsx';
import { useWords } from '../words/words.ts';
import { scopePath } from './scope.tsx';

/** The operator makes a tenant here: the first step in a new installation. */
export function NewOrganization() {
  const { client, handleAuthError } = useSession();
  const queries = useQueryClient();
  const t = useWords('common');
  const [, navigate] = useLocation();
  const [name, setName] = useState('');
  const [problem, setProblem] = useState<string>();
  const [busy, setBusy] = useState(false);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    // A double click makes only one.
    if (busy) return;
    setBusy(true);
    try {
      const organization = await client.organizations.create({ name });
      // Nothing here shows organizations, and the next page must find the new one.
      await queries.invalidateQueries({ queryKey: ['organizations'], refetchType: 'all' });
      navigate(scopePath(organization.id, ''));
    } catch (error) {
      handleAuthError(error);
      setProblem(messageOf(error));
      setBusy(false);
    }
  };

  return (
    <main className={styles.page}>
      <form className={styles.panel} onSubmit={submit} noValidate>
        <div className={styles.brand}>
          <Mark />
          <h1>{t('tenant.new')}</h1>
        </div>
        <p className="muted">{t('tenant.what')}</p>
        <TextField
          label={t('tenant.name')}
          problem={problem}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <Button type="submit" look="primary" aria-disabled={busy}>
          {t('tenant.create')}
        </Button>
      </form>
    </main>
  );
}

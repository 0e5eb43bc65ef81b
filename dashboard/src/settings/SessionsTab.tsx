import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Button } from '../design/Button.tsx';
import { messageOf, Notice } from '../design/Surfaces.tsx';
import { useToast } from '../design/Toasts.tsx';
import { useSession } from '../session/session.tsx';
import { useWords } from '../words/words.ts';
import { SessionsTable } from './SessionsTable.tsx';
import styles from './settings.module.css';

/** Where the viewer is signed in. */
export default function SessionsTab() {
  const { client } = useSession();
  const t = useWords('session');
  const queries = useQueryClient();
  const toast = useToast();
  const others = useMutation({
    mutationFn: () => client.sessions.endAll(),
    onSuccess: async (count) => {
      await queries.invalidateQueries({ queryKey: ['sessions'] });
      toast(t('sessions.endedOthers', { count }));
    },
  });
  return (
    <>
      <div className={styles.bar}>
        <p>{t('sessions.title')}</p>
        <Button aria-disabled={others.isPending} onClick={() => !others.isPending && others.mutate()}>
          {t('sessions.endOthers')}
        </Button>
      </div>
      {others.isError && <Notice tone="bad">{messageOf(others.error)}</Notice>}
      <SessionsTable />
    </>
  );
}

import { Button } from '../design/Button.tsx';
import { Mark } from '../design/Mark.tsx';
import styles from '../session/entrance.module.css';
import { useSession } from '../session/session.tsx';

/** For a user whom the identity provider knows, but who is a member of no organization. */
export function NoOrganization() {
  const { viewer, signOut } = useSession();
  return (
    <main className={styles.page}>
      <div className={styles.panel}>
        <div className={styles.brand}>
          <Mark />
          <h1>No organization knows you yet</h1>
        </div>
        <p>
          Ask an owner to add you as a member, under Settings. You are <code>{viewer.id}</code>.
        </p>
        <Button onClick={signOut}>Sign out</Button>
      </div>
    </main>
  );
}

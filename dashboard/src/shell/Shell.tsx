import { type ReactNode, useEffect, useRef, useState } from 'react';
import { Link } from 'wouter';
import { Button } from '../design/Button.tsx';
import { ExitIcon, MenuIcon } from '../design/icons.tsx';
import { Mark } from '../design/Mark.tsx';
import { useSession } from '../session/session.tsx';
import { type Feed, useLive } from './live.tsx';
import { landing, type Place } from './places.tsx';
import { ScopeSwitcher } from './ScopeSwitcher.tsx';
import { useScope } from './scope.tsx';
import styles from './shell.module.css';
import { ThemeToggle } from './ThemeToggle.tsx';

interface ShellProps {
  readonly page: string;
  /** The pages that are open to the viewer. */
  readonly places: readonly Place[];
  go(path: string): void;
  readonly children: ReactNode;
}

export function Shell({ page, places, go, children }: ShellProps) {
  const { viewer, signOut, portal } = useSession();
  const scope = useScope();
  // Without the right to watch, no updates arrive either.
  const sign = scope.may('WEBHOOK_READ') && <LiveSign />;
  const [open, setOpen] = useState(false);
  const main = useRef<HTMLElement>(null);
  const side = useRef<HTMLElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const shown = useRef(page);

  const title = places.find((place) => place.page === page)?.label;
  useEffect(() => {
    document.title = title ? `${title} · Everhook` : 'Everhook';
    // Keyboard and screen reader users arrive at the start of the new page.
    if (shown.current !== page) {
      main.current?.focus({ preventScroll: true });
      window.scrollTo(0, 0);
    }
    shown.current = page;
  }, [page, title]);

  useEffect(() => {
    if (!open) return;
    side.current?.querySelector<HTMLElement>('a, select:not(:disabled)')?.focus();
    const opener = button.current;
    const close = (event: KeyboardEvent) => event.key === 'Escape' && setOpen(false);
    window.addEventListener('keydown', close);
    return () => {
      window.removeEventListener('keydown', close);
      opener?.focus();
    };
  }, [open]);

  return (
    <div className={styles.shell}>
      <a className="skip" href="#main">
        Skip to the page
      </a>
      <header className={styles.top}>
        <Button
          ref={button}
          square
          look="quiet"
          aria-label="Navigation"
          aria-expanded={open}
          onClick={() => setOpen(true)}
        >
          <MenuIcon />
        </Button>
        <span className={styles.here}>{scope.project?.name ?? scope.organization.name}</span>
        {sign}
      </header>
      {open && (
        <button type="button" className={styles.veil} aria-label="Close navigation" onClick={() => setOpen(false)} />
      )}
      <aside ref={side} className={styles.side} data-open={open} aria-label="Everhook">
        <Link className={styles.brand} href={scope.path(landing(places)?.page ?? '')} onClick={() => setOpen(false)}>
          <Mark /> Everhook
        </Link>
        <ScopeSwitcher page={page} go={go} />
        <nav className={styles.nav} aria-label="Pages">
          {places.map((place) => (
            <Link
              key={place.page}
              className={styles.link}
              href={scope.path(place.page)}
              aria-current={place.page === page ? 'page' : undefined}
              onClick={() => setOpen(false)}
            >
              {place.icon}
              {place.label}
            </Link>
          ))}
        </nav>
        <div className={styles.foot}>
          <div className={styles.who}>
            {sign}
            <div className="muted">
              {portal ? 'Portal' : (viewer.role ?? viewer.kind).toLowerCase().replace('_', ' ')}
            </div>
          </div>
          <div>
            <ThemeToggle />
            {!portal && (
              <Button square look="quiet" aria-label="Sign out" onClick={signOut}>
                <ExitIcon />
              </Button>
            )}
          </div>
        </div>
      </aside>
      <main id="main" ref={main} tabIndex={-1} className={styles.main}>
        {children}
      </main>
    </div>
  );
}

/** All of them keep their space, so that nothing moves when one replaces another. */
const feeds: Readonly<Record<Feed, string>> = { connecting: 'Connecting…', live: 'Live', lost: 'Reconnecting…' };

function LiveSign() {
  const feed = useLive();
  return (
    <span className={styles.live}>
      {Object.entries(feeds).map(([each, word]) => (
        <span key={each} data-feed={each} hidden={each !== feed}>
          {word}
        </span>
      ))}
    </span>
  );
}

/** A page's heading, with its actions. */
export function PageHead({ title, children }: { readonly title: string; readonly children?: ReactNode }) {
  return (
    <div className={styles.pagehead}>
      <h1>{title}</h1>
      {children}
    </div>
  );
}

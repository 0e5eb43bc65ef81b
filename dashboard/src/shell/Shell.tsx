import { type ComponentType, type ReactNode, Suspense, useEffect, useRef, useState } from 'react';
import { Link } from 'wouter';
import { Button } from '../design/Button.tsx';
import { MenuIcon, SearchIcon } from '../design/icons.tsx';
import { type Look, useLook } from '../look/look.ts';
import { useSession } from '../session/session.tsx';
import { useWords } from '../words/words.ts';
import { AccountMenu } from './AccountMenu.tsx';
import { BackLink, Brand } from './Brand.tsx';
import { EndedFeeds, feeds, useLive } from './feeds.tsx';
import { landing, type Place } from './places.tsx';
import { ScopeSwitcher } from './ScopeSwitcher.tsx';
import { useMaybeScope } from './scope.tsx';
import styles from './shell.module.css';

const isApple = /Mac|iPhone|iPad/.test(navigator.platform);

export interface PaletteProps {
  /** The page that it was opened on. */
  readonly page: string;
  readonly places: readonly Place[];
  go(path: string): void;
  onClose(): void;
}

interface ShellProps {
  readonly page: string;
  /** Of the item that the page shows. */
  readonly id: string | undefined;
  /** The pages that are open to the viewer. */
  readonly places: readonly Place[];
  go(path: string): void;
  /** What Ctrl K opens. */
  readonly palette: ComponentType<PaletteProps>;
  readonly children: ReactNode;
}

export function Shell({ page, id, places, go, palette: Palette, children }: ShellProps) {
  const { viewer } = useSession();
  const t = useWords('common');
  const scope = useMaybeScope();
  // Without the right to watch, no updates arrive either.
  const look = useLook();
  const sign = scope?.may('WEBHOOK_READ') && !look?.hides('live_sign') && <LiveSign />;
  const [open, setOpen] = useState(false);
  const [searching, setSearching] = useState(false);
  const main = useRef<HTMLElement>(null);
  const side = useRef<HTMLElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const here = id === undefined ? page : `${page}/${id}`;
  const shown = useRef(here);

  useEffect(() => {
    // Keyboard and screen reader users arrive at the start of the new page.
    if (shown.current !== here) {
      main.current?.focus({ preventScroll: true });
      window.scrollTo(0, 0);
    }
    shown.current = here;
  }, [here]);

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

  useEffect(() => {
    const call = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'k' || !(isApple ? event.metaKey : event.ctrlKey) || event.altKey) return;
      event.preventDefault();
      // Over a dialog, it would lead away from what is typed or shown there. The palette is one itself.
      const covered =
        document.querySelector('[role="dialog"]:not([data-leavable="true"]), [role="alertdialog"]') !== null;
      setSearching((now) => !now && !covered);
    };
    window.addEventListener('keydown', call);
    return () => window.removeEventListener('keydown', call);
  }, []);

  const path = (to: string) => scope?.path(to) ?? `/${to}`;
  return (
    <div className={styles.shell}>
      <a className="skip" href="#main">
        {t('frame.skip')}
      </a>
      <header className={styles.top}>
        <Button
          ref={button}
          square
          look="quiet"
          aria-label={t('frame.navigation')}
          aria-expanded={open}
          onClick={() => setOpen(true)}
        >
          <MenuIcon />
        </Button>
        <span className={styles.here} dir="auto">
          {look?.title ?? scope?.project?.name ?? scope?.organization.name ?? t('product')}
        </span>
        {sign}
        <Button square look="quiet" aria-label={t('frame.search')} onClick={() => setSearching(true)}>
          <SearchIcon />
        </Button>
      </header>
      {open && (
        <button
          type="button"
          className={styles.veil}
          aria-label={t('frame.closeNavigation')}
          onClick={() => setOpen(false)}
        />
      )}
      <aside ref={side} className={styles.side} data-open={open} aria-label={look?.title ?? t('product')}>
        <Link className={styles.brand} href={path(landing(places)?.page ?? '')} onClick={() => setOpen(false)}>
          <Brand />
        </Link>
        <button
          type="button"
          className={styles.search}
          aria-keyshortcuts={isApple ? 'Meta+K' : 'Control+K'}
          onClick={() => {
            setOpen(false);
            setSearching(true);
          }}
        >
          <SearchIcon /> <span>{t('frame.search')}</span> <kbd>{isApple ? '⌘K' : t('frame.searchKey')}</kbd>
        </button>
        {/* A customer of a portal sees one project, and nothing of whose it is. */}
        {look ? <BackLink /> : scope && <ScopeSwitcher scope={scope} page={page} go={go} />}
        <nav className={styles.nav} aria-label={t('frame.pages')}>
          {places.map((place) => (
            <Link
              key={place.page}
              className={styles.link}
              href={path(place.page)}
              aria-current={place.page === page ? 'page' : undefined}
              onClick={() => setOpen(false)}
            >
              {place.icon}
              {t(`places.${place.page}`)}
            </Link>
          ))}
        </nav>
        <div className={styles.foot}>
          <div className={styles.who}>
            {sign}
            {!look && <div className="muted">{t(`account.${viewer.role ?? viewer.kind}`)}</div>}
          </div>
          <AccountMenu go={go} />
        </div>
      </aside>
      <main id="main" ref={main} tabIndex={-1} className={styles.main}>
        <EndedFeeds />
        {children}
      </main>
      {searching && (
        <Suspense>
          <Palette page={page} places={places} go={go} onClose={() => setSearching(false)} />
        </Suspense>
      )}
    </div>
  );
}

function LiveSign() {
  const feed = useLive();
  const t = useWords('common');
  return (
    <span className={styles.live}>
      {/* All of them keep their space, so that nothing moves when one replaces another. */}
      {feeds.map((each) => (
        <span key={each} data-feed={each} hidden={each !== feed}>
          {t(`feed.${each}`)}
        </span>
      ))}
    </span>
  );
}

interface HeadProps {
  readonly title: string;
  /** The list that an item's page belongs to: `{ label: 'Webhooks', href: scope.path('webhooks') }`. */
  readonly above?: { readonly label: string; readonly href: string };
  readonly children?: ReactNode;
}

/** In a portal, a tab names the portal, not us. */
const titleIn = (look: Look, title: string) => (look.title ? `${title} · ${look.title}` : title);

/** A page's heading, with its actions; it also names the tab. */
export function PageHead({ title, above, children }: HeadProps) {
  const t = useWords('common');
  const look = useLook();
  const named = look ? titleIn(look, title) : t('titled', { title });
  useEffect(() => {
    document.title = named;
  }, [named]);
  return (
    <div className={styles.pagehead}>
      {above && (
        <nav className={styles.above} aria-label={t('frame.above')}>
          <Link href={above.href}>{above.label}</Link>
        </nav>
      )}
      <h1 dir="auto">{title}</h1>
      {children}
    </div>
  );
}

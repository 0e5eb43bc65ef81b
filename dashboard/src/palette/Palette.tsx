import { Command } from 'cmdk';
import { Dialog } from 'radix-ui';
import { type ReactNode, useState } from 'react';
import {
  ExitIcon,
  GlobeIcon,
  HookIcon,
  LinkIcon,
  PaletteIcon,
  PeopleIcon,
  PlusIcon,
  ProjectIcon,
  SearchIcon,
  SendIcon,
} from '../design/icons.tsx';
import { messageOf } from '../design/Surfaces.tsx';
import surfaces from '../design/surfaces.module.css';
import { useFocusReturn } from '../design/useFocusReturn.ts';
import { useSession } from '../session/session.tsx';
import type { PaletteProps } from '../shell/Shell.tsx';
import { scopePath, useMaybeScope } from '../shell/scope.tsx';
import { keepTheme, themes } from '../shell/theme.ts';
import { keepLanguage } from '../words/chosenLanguage.ts';
import { languages } from '../words/language.ts';
import { changeLanguage } from '../words/start.ts';
import { language, useWords } from '../words/words.ts';
import { matches } from './filter.ts';
import styles from './palette.module.css';
import { pathOf } from './pathOf.ts';
import { useFindings } from './useFindings.ts';

interface Entry {
  readonly key: string;
  readonly icon: ReactNode;
  readonly label: string;
  /** Beside the label: where it is, or what else it is known by. */
  readonly note?: string | undefined;
  act(): void;
}

/** Goes anywhere and does what is often done, by the keyboard alone. */
export default function Palette({ page, places, go, onClose }: PaletteProps) {
  const [text, setText] = useState('');
  const t = useWords('palette');
  const returnFocus = useFocusReturn();
  const groups = useEntries({ text, page, places, go });
  const findings = useFindings(text);
  const found = useFoundEntries(findings, go);
  const shown = [...found, ...groups].filter(({ entries }) => entries.length > 0);
  const count = shown.reduce((sum, { entries }) => sum + entries.length, 0);
  const nothing = count === 0 && !findings.busy;
  const trouble = findings.error ? messageOf(findings.error) : null;
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className={surfaces.veil} />
        <Dialog.Content className={styles.palette} aria-describedby={undefined} onCloseAutoFocus={returnFocus}>
          <Dialog.Title className="visually-hidden">{t('title')}</Dialog.Title>
          <Command label={t('title')} shouldFilter={false} loop>
            <div className={styles.field}>
              <SearchIcon />
              <Command.Input value={text} onValueChange={setText} placeholder={t('placeholder')} />
            </div>
            <p role="status" className="visually-hidden">
              {findings.busy ? t('searching') : t('results', { count })}
            </p>
            <Command.List className={styles.list} label={t('suggestions')}>
              {shown.map(({ heading, entries }) => (
                <Command.Group key={heading} heading={heading} className={styles.group}>
                  {entries.map(({ key, icon, label, note, act }) => (
                    <Command.Item
                      key={key}
                      value={key}
                      className={styles.item}
                      onSelect={() => {
                        onClose();
                        act();
                      }}
                    >
                      {icon}
                      <span dir="auto">{label}</span>
                      {note && (
                        <span className={styles.note} dir="auto">
                          {note}
                        </span>
                      )}
                    </Command.Item>
                  ))}
                </Command.Group>
              ))}
            </Command.List>
            {(nothing || trouble) && <p className={styles.nothing}>{trouble ?? t('nothing')}</p>}
          </Command>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

interface Group {
  readonly heading: string;
  readonly entries: readonly Entry[];
}

/** What the page itself knows: its places, its projects, and what can be done. */
function useEntries({ text, page, places, go }: Omit<PaletteProps, 'onClose'> & { readonly text: string }): Group[] {
  const { viewer, portal, signOut } = useSession();
  const scope = useMaybeScope();
  const t = useWords('palette');
  const typed = text.trim();
  const fitting = (entries: readonly Entry[]) => entries.filter(({ label }) => typed === '' || matches(label, typed));
  const operates = viewer.kind === 'OPERATOR';
  const pages = places.map(
    (place): Entry => ({
      key: `page ${place.page}`,
      icon: place.icon,
      label: t(`common:places.${place.page}`),
      act: () => go(scope?.path(place.page) ?? `/${place.page}`),
    }),
  );
  if (operates && scope) {
    pages.push({
      key: 'page tenants',
      icon: <PeopleIcon />,
      label: t('common:places.tenants'),
      act: () => go('/tenants'),
    });
  }
  const projects =
    scope && viewer.project === null
      ? scope.projects.map(
          ({ id, name }): Entry => ({
            key: `project ${id}`,
            icon: <ProjectIcon />,
            label: name,
            act: () => go(scopePath(scope.organization.id, page, id)),
          }),
        )
      : [];
  const actions: Entry[] = [];
  if (scope?.may('WEBHOOK_MANAGE')) {
    actions.push({
      key: 'new webhook',
      icon: <PlusIcon />,
      label: t('newWebhook'),
      act: () => go(scope.path('webhooks?new=')),
    });
  }
  if (scope?.may('EVENT_PUBLISH')) {
    actions.push({
      key: 'publish',
      icon: <SendIcon />,
      label: t('publish'),
      act: () => go(scope.path('events/publish')),
    });
  }
  if (operates) actions.push({ key: 'new tenant', icon: <PlusIcon />, label: t('newTenant'), act: () => go('/new') });
  for (const theme of themes) {
    const label = t('colours', { theme: t(`common:account.themes.${theme}`) });
    actions.push({ key: `theme ${theme}`, icon: <PaletteIcon />, label, act: () => keepTheme(theme) });
  }
  for (const each of languages) {
    if (each === language()) continue;
    const act = () => {
      keepLanguage(each);
      void changeLanguage(each);
    };
    actions.push({
      key: `language ${each}`,
      icon: <GlobeIcon />,
      label: t('speak', { language: t(`common:languages.${each}`) }),
      act,
    });
  }
  if (!portal) actions.push({ key: 'sign out', icon: <ExitIcon />, label: t('common:signOut'), act: signOut });
  return [
    { heading: t('pages'), entries: fitting(pages) },
    { heading: t('projects'), entries: fitting(projects).slice(0, typed === '' ? 5 : 12) },
    { heading: t('actions'), entries: fitting(actions) },
  ];
}

/** What the server found. */
function useFoundEntries(
  { tenants, webhooks, byId }: ReturnType<typeof useFindings>,
  go: (path: string) => void,
): Group[] {
  const scope = useMaybeScope();
  const t = useWords('palette');
  const path = byId ? pathOf(byId, scope?.organization.id ?? null) : null;
  const ofId: Entry[] =
    byId && path
      ? [
          {
            key: `id ${byId.id}`,
            icon: <LinkIcon />,
            label: byId.name ?? byId.id,
            note: t(`kinds.${byId.kind}`),
            act: () => go(path),
          },
        ]
      : [];
  return [
    { heading: t('byId'), entries: ofId },
    {
      heading: t('webhooks'),
      entries: webhooks.map(({ id, name, url }) => ({
        key: `webhook ${id}`,
        icon: <HookIcon />,
        label: name,
        note: url,
        act: () => scope && go(scope.path(`webhooks/${id}`)),
      })),
    },
    {
      heading: t('tenants'),
      entries: tenants.map(({ organizationId, name, externalId }) => ({
        key: `tenant ${organizationId}`,
        icon: <PeopleIcon />,
        label: name,
        note: externalId ?? undefined,
        act: () => go(scopePath(organizationId, '')),
      })),
    },
  ];
}

import { Tabs } from 'radix-ui';
import { type ComponentType, lazy, Suspense, useRef } from 'react';
import { useSearchParams } from 'wouter';
import { Loading } from '../design/Surfaces.tsx';
import surfaces from '../design/surfaces.module.css';
import { useChosenInView } from '../design/useChosenInView.ts';
import { PageHead } from '../shell/Shell.tsx';
import { useScope } from '../shell/scope.tsx';
import { loadWords } from '../words/start.ts';
import { useWords } from '../words/words.ts';
import { ApiKeysTab } from './ApiKeysTab.tsx';
import { EgressTab } from './EgressTab.tsx';
import { ProjectsTab } from './ProjectsTab.tsx';
import styles from './settings.module.css';

const MembersTab = lazy(() => import('./MembersTab.tsx'));
const PermissionsTab = lazy(() => import('./PermissionsTab.tsx'));
const PortalTab = lazy(async () => {
  const [tab] = await Promise.all([import('./PortalTab.tsx'), loadWords('portal')]);
  return tab;
});
const SessionsTab = lazy(() => import('./SessionsTab.tsx'));
const OrganizationTab = lazy(() => import('./OrganizationTab.tsx'));
const ErasuresTab = lazy(() => import('./ErasuresTab.tsx'));
const AppearanceTab = lazy(async () => {
  const [tab] = await Promise.all([import('./appearance/AppearanceTab.tsx'), loadWords('portal')]);
  return tab;
});
const AuditTab = lazy(() => import('./AuditTab.tsx'));

interface Tab {
  readonly value: string;
  readonly label: string;
  readonly content: ComponentType;
  readonly offered: boolean;
}

export default function SettingsPage() {
  const { may, organization, project } = useScope();
  const t = useWords('settings');
  const [search, setSearch] = useSearchParams();
  const own = useWords('session');
  const tabs: Tab[] = [
    { value: 'projects', label: t('tab.projects'), content: ProjectsTab, offered: true },
    { value: 'members', label: t('tab.members'), content: MembersTab, offered: may('MEMBER_MANAGE') },
    { value: 'permissions', label: t('tab.permissions'), content: PermissionsTab, offered: may('MEMBER_MANAGE') },
    { value: 'keys', label: t('tab.keys'), content: ApiKeysTab, offered: may('KEY_MANAGE') },
    { value: 'portal', label: t('tab.portal'), content: PortalTab, offered: may('KEY_MANAGE') },
    { value: 'appearance', label: t('tab.appearance'), content: AppearanceTab, offered: may('ORGANIZATION_MANAGE') },
    { value: 'egress', label: t('tab.egress'), content: EgressTab, offered: true },
    { value: 'organization', label: t('tab.organization'), content: OrganizationTab, offered: true },
    { value: 'erasures', label: t('tab.erasures'), content: ErasuresTab, offered: may('EVENT_ERASE') },
    { value: 'sessions', label: own('sessions.own'), content: SessionsTab, offered: true },
    { value: 'audit', label: t('tab.audit'), content: AuditTab, offered: may('AUDIT_READ') },
  ].filter(({ offered }) => offered);
  const wanted = search.get('tab');
  const value = tabs.find((tab) => tab.value === wanted)?.value ?? 'projects';

  const list = useRef<HTMLDivElement>(null);
  useChosenInView(list, value);

  return (
    <>
      <PageHead title={t('title')} />
      <Tabs.Root
        value={value}
        // Suspense of a lazy tab stays within that tab.
        key={project?.id ?? organization.id}
        onValueChange={(tab) =>
          setSearch((now) => {
            now.set('tab', tab);
            return now;
          })
        }
      >
        <Tabs.List ref={list} className={surfaces.tabs} aria-label={t('title')}>
          {tabs.map((tab) => (
            <Tabs.Trigger key={tab.value} className={surfaces.tab} value={tab.value}>
              {tab.label}
            </Tabs.Trigger>
          ))}
        </Tabs.List>
        {tabs.map(({ value: each, content: Content }) => (
          <Tabs.Content key={each} value={each} className={styles.content} tabIndex={-1}>
            <Suspense fallback={<Loading rows={3} height="3.5rem" />}>
              <Content />
            </Suspense>
          </Tabs.Content>
        ))}
      </Tabs.Root>
    </>
  );
}

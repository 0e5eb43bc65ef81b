import type { EventType } from '@everhook/sdk';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useLocation } from 'wouter';
import { Button } from '../design/Button.tsx';
import { Confirm } from '../design/Dialogs.tsx';
import { MoreIcon } from '../design/icons.tsx';
import { Menu } from '../design/Menu.tsx';
import { useSession } from '../session/session.tsx';
import { useReach } from '../shell/reach.ts';
import { useScope } from '../shell/scope.tsx';
import { useWords } from '../words/words.ts';
import { TypeEditor } from './TypeEditor.tsx';
import { useTypesChanged } from './useTypesChanged.ts';

/** Changes a type, for those who may: a profile's own types never change. */
export function TypeActions({ type }: { readonly type: EventType }) {
  const t = useWords('catalogue');
  const { client } = useSession();
  const { path } = useScope();
  const queries = useQueryClient();
  const [, navigate] = useLocation();
  const [open, setOpen] = useState<'edit' | 'archive' | 'delete' | null>(null);
  const changed = useTypesChanged();
  const reach = useReach('ORGANIZATION_MANAGE');
  const allowed = type.project ? reach.projects.some(({ id }) => id === type.project?.id) : reach.whole;
  if (type.createdAt === null || !allowed) return null;
  const close = () => setOpen(null);
  return (
    <>
      <Button onClick={() => setOpen('edit')}>{t('edit.edit')}</Button>
      <Menu
        trigger={
          <Button square look="quiet" aria-label={t('edit.changeOf', { name: type.name })}>
            <MoreIcon />
          </Button>
        }
        entries={[
          { label: t(type.archivedAt ? 'edit.unarchive' : 'edit.archive'), onSelect: () => setOpen('archive') },
          null,
          { label: t('edit.delete'), danger: true, onSelect: () => setOpen('delete') },
        ]}
      />
      {open === 'edit' && <TypeEditor type={type} onClose={close} />}
      {open === 'archive' && (
        <Confirm
          title={type.archivedAt ? t('edit.unarchive') : t('edit.archiveTitle', { name: type.name })}
          action={t(type.archivedAt ? 'edit.unarchive' : 'edit.archive')}
          onConfirm={async () => {
            await (type.archivedAt ? client.eventTypes.unarchive(type.id) : client.eventTypes.archive(type.id));
            await changed();
          }}
          onClose={close}
        >
          {type.archivedAt ? type.name : t('edit.archiveText')}
        </Confirm>
      )}
      {open === 'delete' && (
        <Confirm
          title={t('edit.deleteTitle', { name: type.name })}
          action={t('edit.delete').replace(/ ?…$/, '')}
          danger
          onConfirm={() => client.eventTypes.delete(type.id)}
          onDone={() => {
            close();
            void queries.invalidateQueries({ queryKey: ['eventTypes'] });
            navigate(path('catalogue'));
          }}
          onClose={close}
        >
          {t('edit.deleteText')}
        </Confirm>
      )}
    </>
  );
}

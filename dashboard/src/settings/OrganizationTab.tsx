import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useLocation } from 'wouter';
import { apiUrl } from '../base.ts';
import { Button } from '../design/Button.tsx';
import { CopyButton } from '../design/Copy.tsx';
import { Confirm } from '../design/Dialogs.tsx';
import { TextField } from '../design/Field.tsx';
import { Card } from '../design/Surfaces.tsx';
import { useSession } from '../session/session.tsx';
import { useReach } from '../shell/reach.ts';
import { useScope } from '../shell/scope.tsx';
import { exactTime } from '../time/Time.tsx';
import { useWords } from '../words/words.ts';
import { DeleteDialog } from './DeleteDialog.tsx';
import { FormDialog } from './FormDialog.tsx';
import styles from './settings.module.css';

/** What the organization is called, by whom it is known, and its end: for the viewer alone, or for all. */
export default function OrganizationTab() {
  const { client, viewer } = useSession();
  const { organization, may } = useScope();
  const queries = useQueryClient();
  const [, navigate] = useLocation();
  const t = useWords('settings');
  const [open, setOpen] = useState<'change' | 'leave' | 'delete' | null>(null);
  const manages = useReach('ORGANIZATION_MANAGE').whole && may('ORGANIZATION_MANAGE');
  const isOperator = viewer.kind === 'OPERATOR';
  const { id, name, externalId, createdAt } = organization;
  const isMember = viewer.kind === 'USER' && viewer.grants.some((grant) => grant.organization.id === id);
  return (
    <>
      <Card className={styles.facts} aria-label={t('tab.organization')}>
        <dl>
          <div>
            <dt>{t('organization.name')}</dt>
            <dd dir="auto">{name}</dd>
          </div>
          <div>
            <dt>{t('organization.id')}</dt>
            <dd>
              <code>{id}</code> <CopyButton text={id} label={t('organization.copyId')} square look="quiet" />
            </dd>
          </div>
          <div>
            <dt>{t('organization.externalId')}</dt>
            <dd>{externalId ? <code>{externalId}</code> : <span className="muted">{t('common:none')}</span>}</dd>
          </div>
          <div>
            <dt>{t('organization.created')}</dt>
            <dd className="number">{exactTime(createdAt)}</dd>
          </div>
        </dl>
        {manages && <Button onClick={() => setOpen('change')}>{t('organization.change')}</Button>}
      </Card>
      {isMember && (
        <Card className={styles.ending} aria-label={t('organization.membership')}>
          <div>
            <h2>{t('organization.membership')}</h2>
            <p className="muted">{t('organization.membershipText')}</p>
          </div>
          <Button onClick={() => setOpen('leave')}>{t('organization.leave')}</Button>
        </Card>
      )}
      {manages && (isOperator || viewer.role === 'OWNER') && (
        <Card className={styles.ending} aria-label={t('organization.end')}>
          <div>
            <h2>{t('organization.end')}</h2>
            <p className="muted">{t('organization.endText')}</p>
          </div>
          <Button onClick={() => setOpen('delete')}>{t('organization.delete')}</Button>
        </Card>
      )}
      {open === 'change' && <ChangeOrganization onClose={() => setOpen(null)} />}
      {open === 'leave' && (
        <Confirm
          title={t('organization.leaveTitle', { name })}
          action={t('organization.leave')}
          danger
          onConfirm={() => client.members.remove({ organizationId: id, userId: viewer.id })}
          // Whatever is shown and kept here was read with the membership.
          onDone={() => location.assign(`${apiUrl}/`)}
          onClose={() => setOpen(null)}
        >
          {t('organization.leaveText')}
        </Confirm>
      )}
      {open === 'delete' && (
        <DeleteDialog
          title={t('organization.deleteTitle', { name })}
          action={t('organization.delete')}
          name={name}
          onDelete={(typed) => client.organizations.delete(id, { name: typed })}
          onBegun={(deletion) => {
            navigate(`/deletions/${deletion.id}`);
            void queries.invalidateQueries({ queryKey: ['organizations'] });
          }}
          onClose={() => setOpen(null)}
        >
          {t('organization.deleteText')}
        </DeleteDialog>
      )}
    </>
  );
}

function ChangeOrganization({ onClose }: { onClose(): void }) {
  const { client, viewer } = useSession();
  const { organization } = useScope();
  const queries = useQueryClient();
  const t = useWords('settings');
  const [name, setName] = useState(organization.name);
  const [externalId, setExternalId] = useState(organization.externalId ?? '');
  const isOperator = viewer.kind === 'OPERATOR';
  return (
    <FormDialog
      title={t('organization.changeTitle', { name: organization.name })}
      action={t('organization.save')}
      onSubmit={async () => {
        const own = isOperator ? { externalId: externalId.trim() || null } : {};
        await client.organizations.update(organization.id, { name, ...own });
        await Promise.all(
          [['organization', organization.id], ['organizations']].map((queryKey) =>
            queries.invalidateQueries({ queryKey }),
          ),
        );
      }}
      onClose={onClose}
    >
      <TextField
        name="name"
        label={t('organization.name')}
        dir="auto"
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <TextField
        name="externalId"
        label={t('organization.externalId')}
        hint={isOperator ? t('organization.externalHint') : t('organization.externalOperator')}
        optional={isOperator}
        readOnly={!isOperator}
        value={externalId}
        onChange={(event) => setExternalId(event.target.value)}
      />
    </FormDialog>
  );
}

import type { Permission, Role } from '@everhook/sdk';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Failure, Loading, messageOf, Notice } from '../design/Surfaces.tsx';
import { Checkbox } from '../design/Toggles.tsx';
import { useSession } from '../session/session.tsx';
import { useScope } from '../shell/scope.tsx';
import { useWords } from '../words/words.ts';
import { permissions, withPermissionTexts } from './permissions.ts';
import styles from './settings.module.css';
import { Table } from './Table.tsx';

/** The permissions of each role, saved as they are ticked. */
export default function PermissionsTab() {
  const { client, viewer } = useSession();
  const t = useWords('settings');
  const access = useWords('access');
  const { organization, may } = useScope();
  const queries = useQueryClient();
  const queryKey = ['permissions', organization.id];
  const matrix = useQuery({
    queryKey,
    queryFn: ({ signal }) => client.permissions.matrix({ organizationId: organization.id }, { signal }),
  });
  const save = useMutation({
    mutationFn: ({ role, chosen }: { role: Role; chosen: readonly Permission[] }) =>
      client.permissions.set({ organizationId: organization.id, role, permissions: chosen }),
    onSuccess: (changed) => queries.setQueryData(queryKey, changed),
  });
  const changes = may('ORGANIZATION_MANAGE') && (viewer.kind === 'OPERATOR' || viewer.role === 'OWNER');
  return (
    <>
      <div className={styles.bar}>
        <p>
          {t('permissions.about')}
          {changes ? '' : ` ${t('permissions.owners')}`}
        </p>
        <span role="status">
          {save.isPending ? t('permissions.saving') : save.isSuccess ? t('permissions.saved') : ''}
        </span>
      </div>
      {save.isError && <Notice tone="bad">{withPermissionTexts(messageOf(save.error))}</Notice>}
      {matrix.isPending && <Loading rows={6} height="2.5rem" />}
      {matrix.isError && <Failure error={matrix.error} retry={() => void matrix.refetch()} />}
      {matrix.data && (
        <Table
          label={t('permissions.label')}
          columns={[t('permissions.one'), ...matrix.data.map(({ role }) => access(`roles.${role}`))]}
        >
          {permissions.map((permission) => (
            <tr key={permission}>
              <th scope="row">{t(`common:permissions.${permission}`)}</th>
              {matrix.data.map(({ role, permissions: held }) => (
                <td key={role}>
                  <Checkbox
                    label={access('roleMay', {
                      role: access(`roles.${role}`),
                      permission: t(`common:permissions.${permission}`),
                    })}
                    checked={held.includes(permission)}
                    disabled={!changes || save.isPending}
                    onChange={(on) =>
                      save.mutate({
                        role,
                        chosen: on ? [...held, permission] : held.filter((each) => each !== permission),
                      })
                    }
                  />
                </td>
              ))}
            </tr>
          ))}
        </Table>
      )}
    </>
  );
}

import type { Permission, Project } from '@everhook/sdk';
import { useSession } from '../session/session.tsx';
import { useScope } from './scope.tsx';

/** Where in the organization an action is allowed. */
export interface Reach {
  readonly whole: boolean;
  readonly projects: readonly Project[];
}

/**
 * Where the viewer may do this, whatever project is chosen: the choices of a form.
 *
 * Based on the viewer's permissions at sign-in; the server checks the current ones.
 */
export function useReach(permission: Permission): Reach {
  const { viewer } = useSession();
  const { organization, projects } = useScope();
  const grants = viewer.grants.filter(
    (grant) => grant.organization.id === organization.id && grant.permissions.includes(permission),
  );
  if (viewer.kind === 'OPERATOR' || grants.some(({ project }) => project === null)) return { whole: true, projects };
  return { whole: false, projects: projects.filter(({ id }) => grants.some(({ project }) => project?.id === id)) };
}

import type { Command } from 'commander';
import { type ConnectionOptions, connected, withEverhook } from '../settings/connection.ts';
import { plain, say, sayJson } from '../terminal/output.ts';

/** `everhook whoami`: whose key it is, and what it may do. */
export function whoami(program: Command): void {
  connected(program.command('whoami').description('whose key this is, and what it may do')).action(
    (options: ConnectionOptions) =>
      withEverhook(options, async ({ everhook, url, context, production, scope }) => {
        const viewer = await everhook.viewer(scope);
        if (options.json) return sayJson({ url, context, production, ...scope, viewer });
        const { kind, role, organization, project, permissions } = viewer;
        say(`service       ${plain(url)}`);
        say(`context       ${context === null ? '(environment)' : plain(context)}${production ? '  production' : ''}`);
        say(`key           ${kind}${role === null ? '' : `, ${role}`}`);
        if (organization) say(`organization  ${plain(organization.name)} (${organization.id})`);
        if (project) say(`project       ${plain(project.name)} (${project.id})`);
        else if (scope.projectId !== undefined) say(`project       ${plain(scope.projectId)}`);
        say(`permissions   ${permissions.join(', ') || 'none'}`);
      }),
  );
}

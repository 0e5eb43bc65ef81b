import { describe, expect, it } from 'vitest';
import { profileOf } from '../../../core/profiles/registry.ts';
import { complaintsOf, pathOf } from '../../support/typeScript.ts';

const typed = [
  { name: 'PLANE', type: 'Plane' },
  { name: 'ONPLANA', type: 'Onplana' },
  { name: 'PLANE_CONNECTION', type: 'PlaneConnection' },
  { name: 'TASKS', type: 'Tasks' },
  { name: 'TESTPLANIT', type: 'Testplanit' },
] as const;

const complaints = (...programs: string[]) =>
  complaintsOf(`import * as verify from ${pathOf('client-sdk/src/verify/index.ts')};`, programs);

describe('the types of verified events', () => {
  it.each(typed)('of $name have every type of the catalogue, with what its example says', async ({ name, type }) => {
    const { catalogue, testEvent } = profileOf(name);
    const lines = catalogue.map((entry) => `  ${JSON.stringify(entry.name)}: ${JSON.stringify(entry.example)},`);
    const program = `export const every: verify.${type}EventData = {\n${lines.join('\n')}\n  '${testEvent.type}': ${testEvent.data},\n};`;
    const [whole, oneTypeLess, wrongMember] = await complaints(
      program,
      program.replace(lines[0] as string, ''),
      program.replace('"id":"', '"id":7,"was":"'),
    );
    expect(whole).toEqual([]);
    expect(oneTypeLess).not.toEqual([]);
    expect(wrongMember).not.toEqual([]);
  });

  it('are unions told apart by the event’s name', async () => {
    const program = (member: string) => `
      export async function receive(request: Request) {
        const onplana = await verify.onplana(request, 'secret');
        if (onplana.event === 'task.updated') {
          const before: string | null | undefined = onplana.data.diff?.due_date?.before;
          console.log(before, onplana.data.${member});
        }
        if (onplana.event === 'milestone.completed') console.log(onplana.data.name);
        const plane = await verify.plane(request, ['old', 'new']);
        if (plane.event === 'issue' && plane.action === 'create') console.log(plane.data.priority);
        if (plane.event === 'cycle_issue') console.log(plane.data.cycle);
        const connection = await verify.planeConnection(request, 'secret');
        if (connection.event === 'invoice.paid') console.log(connection.data.invoice_number);
        const tasks = await verify.tasks(request, 'secret');
        if (tasks.event === 'task.assigned') console.log(tasks.data.assignee_id.length);
        const run = await verify.testplanit(request, 'secret');
        if (run.event === 'test_run.result_added') console.log(run.data.result.status);
      }`;
    const [known, unknown] = await complaints(program('status'), program('no_such_member'));
    expect(known).toEqual([]);
    expect(unknown).toEqual([expect.stringContaining('TS2339')]);
  });

  it('can be widened by what a project brought itself', async () => {
    const program = (name: string) => `
      type Inspection = verify.TasksEnvelope<{ id: string; passed: boolean }, 'inspection.passed'>;
      export async function receive(request: Request) {
        const event = await verify.tasks<verify.TasksEvent | Inspection>(request, 'secret');
        if (event.event === '${name}') console.log(event.data.passed);
        const own = await verify.standard<verify.StandardEvent<{ level: number }, 'tank.filled'>>(request, 'secret');
        console.log(own.data.level);
      }`;
    const [own, other] = await complaints(program('inspection.passed'), program('task.created'));
    expect(own).toEqual([]);
    expect(other).toEqual([expect.stringContaining('TS2339')]);
  });
});

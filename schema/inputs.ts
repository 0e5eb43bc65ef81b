import type { Referred } from '../core/references/references.ts';
import { builder } from './builder.ts';
import { naming } from './references.ts';

/**
 * The input of a mutation that needs only to know which thing it is about.
 *
 * @param description - which thing
 * @param what - its kind, where the mutation's name does not say that it has external ids
 */
export const idInput = (name: string, description: string, what?: Referred) =>
  builder.inputType(name, {
    fields: (t) => ({ id: t.id({ required: true, description, ...(what ? naming(what) : {}) }) }),
  });

/** The input of a mutation about what a project has one of. @param description - which project */
export const projectInput = (name: string, description: string) =>
  builder.inputType(name, { fields: (t) => ({ projectId: t.id({ required: true, description }) }) });

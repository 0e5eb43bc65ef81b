import { builder } from './builder.ts';

/** The input of a mutation that needs only to know which thing it is about. @param description - which thing */
export const idInput = (name: string, description: string) =>
  builder.inputType(name, { fields: (t) => ({ id: t.id({ required: true, description }) }) });

/** The input of a mutation about what a project has one of. @param description - which project */
export const projectInput = (name: string, description: string) =>
  builder.inputType(name, { fields: (t) => ({ projectId: t.id({ required: true, description }) }) });

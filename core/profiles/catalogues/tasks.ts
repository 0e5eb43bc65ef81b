import type { CatalogueEntry } from '../profile.ts';
import { commentEvents } from './tasks/comment.ts';
import { projectEvents } from './tasks/project.ts';
import { taskEvents } from './tasks/task.ts';
import { userEvents } from './tasks/user.ts';

/** Every event that the task API fires, by category. */
export const tasksCatalogue: readonly CatalogueEntry[] = [
  ...taskEvents,
  ...projectEvents,
  ...commentEvents,
  ...userEvents,
];

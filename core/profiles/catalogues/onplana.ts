import type { CatalogueEntry } from '../profile.ts';
import { commentEvents } from './onplana/comment.ts';
import { memberEvents } from './onplana/member.ts';
import { milestoneEvents } from './onplana/milestone.ts';
import { projectEvents } from './onplana/project.ts';
import { taskEvents } from './onplana/task.ts';

/** Every event that Onplana fires, by category. */
export const onplanaCatalogue: readonly CatalogueEntry[] = [
  ...projectEvents,
  ...taskEvents,
  ...milestoneEvents,
  ...commentEvents,
  ...memberEvents,
];

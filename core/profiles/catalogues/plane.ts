import type { CatalogueEntry } from '../profile.ts';
import { cycleEvents } from './plane/cycle.ts';
import { issueEvents } from './plane/issue.ts';
import { commentEvents } from './plane/issueComment.ts';
import { moduleEvents } from './plane/module.ts';
import { projectEvents } from './plane/project.ts';

/** Every event that Plane fires: the part before the dot is its `event`, the part after it its `action`. */
export const planeCatalogue: readonly CatalogueEntry[] = [
  ...projectEvents,
  ...cycleEvents,
  ...moduleEvents,
  ...issueEvents,
  ...commentEvents,
];

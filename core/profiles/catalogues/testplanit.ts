import type { CatalogueEntry } from '../profile.ts';
import { repositoryCase } from './testplanit/case.ts';
import { issue } from './testplanit/issue.ts';
import { session } from './testplanit/session.ts';
import { eventsOf } from './testplanit/subject.ts';
import { testRun } from './testplanit/testRun.ts';

/** Every subject with every verb of TestPlanIt's `subject.verb` convention. */
export const testplanitCatalogue: readonly CatalogueEntry[] = [testRun, session, repositoryCase, issue].flatMap(
  eventsOf,
);

export { deleteTenant } from './deleteTenant.ts';
export { deliver } from './deliver.ts';
export { erase } from './erase.ts';
export { recover } from './recover.ts';
export { resume } from './resume.ts';
export { retireSecret } from './retireSecret.ts';
export { sweep } from './sweep.ts';
export { syncIssue } from './syncIssue.ts';

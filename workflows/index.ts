export { deliver } from './deliver.ts';
export { sweep } from './sweep.ts';
export { syncIssue } from './syncIssue.ts';

export { deliver } from './deliver.ts';
export { sweep } from './sweep.ts';

export { readJsonBody } from '../json/body.ts';

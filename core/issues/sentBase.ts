import { sentUrl } from '../sender/url.ts';

/** A tracker's base URL as requests send it, so that two spellings of one tracker are equal; paths follow with their own slash. */
export const sentBase = (url: string): string => sentUrl(url).replace(/\/+$/, '');

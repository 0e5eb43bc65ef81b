import { dateFormat } from '../words/formats.ts';

const exact = dateFormat({ dateStyle: 'medium', timeStyle: 'medium' });

/** A time to the second, in the language and the time zone of the page. */
export const exactTime = (time: string): string => exact().format(new Date(time));

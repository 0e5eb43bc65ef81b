import type en from '../en/events.ts';
import type { Translation } from '../translation.ts';

export default {} satisfies Translation<typeof en>;

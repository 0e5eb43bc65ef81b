import type en from '../en/session.ts';
import type { Translation } from '../translation.ts';

export default {} satisfies Translation<typeof en>;

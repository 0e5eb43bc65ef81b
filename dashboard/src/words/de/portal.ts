import type en from '../en/portal.ts';
import type { Translation } from '../translation.ts';

export default {} satisfies Translation<typeof en>;

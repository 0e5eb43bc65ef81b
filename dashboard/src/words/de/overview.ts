import type en from '../en/overview.ts';
import type { Translation } from '../translation.ts';

export default {} satisfies Translation<typeof en>;

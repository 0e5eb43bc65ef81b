import type en from '../en/access.ts';
import type { Translation } from '../shape/translation.ts';

export default {} satisfies Translation<typeof en>;
